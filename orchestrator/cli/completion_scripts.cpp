// Each asks wxctl itself for what may come next, and hands its own knowledge of files to the shell.
#include "orchestrator/cli/complete.hpp"

namespace wx {

namespace {

constexpr const char* bash = R"(# wxctl completion bash > ~/.local/share/bash-completion/completions/wxctl
_wxctl() {
  local answer=() line
  mapfile -t answer < <(wxctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  case ${answer[0]-} in
    files) compopt -o default ;;
    directories) compopt -o dirnames ;;
    *) for line in "${answer[@]:1}"; do COMPREPLY+=("${line%%$'\t'*}"); done ;;
  esac
}
complete -F _wxctl wxctl
)";

constexpr const char* zsh = R"(#compdef wxctl
# wxctl completion zsh > a directory of $fpath, as _wxctl
_wxctl() {
  local -a answer choices
  answer=("${(@f)$(wxctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case ${answer[1]} in
    files) _files ;;
    directories) _files -/ ;;
    *)
      local line
      for line in "${(@)answer[2,-1]}"; do
        [[ -n $line ]] && choices+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
      done
      _describe wxctl choices
      ;;
  esac
}
if [[ ${funcstack[1]} == _wxctl ]]; then _wxctl "$@"; else compdef _wxctl wxctl; fi
)";

constexpr const char* fish = R"(# wxctl completion fish > ~/.config/fish/completions/wxctl.fish
function __wxctl_complete
    set -l answer (wxctl complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case directories
            __fish_complete_directories (commandline -ct)
        case '*'
            string join \n -- $answer[2..-1]
    end
end
complete -c wxctl -f -a '(__wxctl_complete)'
)";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash;
  if (shell == "zsh") return zsh;
  if (shell == "fish") return fish;
  return {};
}

}  // namespace wx
