#include "common/core/text.hpp"
#include "common/store/influx_bucket.hpp"

namespace wx {

Result<std::string> read_token_file(FileSystem& files, const std::string& path) {
  constexpr std::uint64_t longest = 16'384;
  auto info = files.info(path);
  if (!info)
    return std::move(info)
        .error()
        .with_context("the store's token_file")
        .with_remedy("write the token to " + path + " and chmod 600 it");
  if (info->type != FileType::file)
    return Error{Code::invalid, "the store's token_file " + path + " is no regular file",
                 "name the file itself"};
  if ((info->mode & 077) != 0)
    return Error{Code::permission, "the store's token_file " + path + " may be read by others",
                 "chmod 600 " + path};
  auto text = files.read(path, longest);
  if (!text) return std::move(text).error().with_context("the store's token_file");
  std::string token(trim(*text));
  for (const char c : token)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return Error{Code::invalid, "the store's token_file " + path + " holds more than one line",
                   "leave nothing but the token in it"};
  if (token.empty())
    return Error{Code::invalid, "the store's token_file " + path + " is empty", "put the token into it"};
  return token;
}

}  // namespace wx
