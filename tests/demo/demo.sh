#!/bin/sh
# The demo: a running weather-collector goes from one version to the next, a bad version is caught, and one command goes back;
# then a shell script of a program is tried on a share of its runs.
# Everything is real (systemd, D-Bus, journal, SQLite) but the Met Office, which is a recorded one in a process of its own.
# Runs inside `wxctl sandbox`; every expectation below is checked, the first that fails ends it.
set -u
build=$1 source=$2
PATH=$build/bin:$PATH
begin=$(date +%s)
work=$(mktemp -d)

bold='' plain=''
if [ -t 1 ]; then bold=$(printf '\033[1;36m') plain=$(printf '\033[0m'); fi
say() { printf '\n%s=== %s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '\ndemo: %s\n' "$*" >&2; exit 1; }
# show EXIT COMMAND…: print the command, run it, hold it to its exit status.
show() {
  expected=$1; shift
  printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
  "$@"; status=$?
  [ "$status" -eq "$expected" ] || fail "\`$*\` ended with $status, not $expected"
}
ask() { wxctl "$1" -o json ${3-} | jq -r "$2"; }

python3 "$source/tests/met_office/server.py" --port 0 >"$work/server" 2>"$work/server.log" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q listening "$work/server" && break; sleep 0.05; done
address=$(sed -n 's/^listening //p' "$work/server")
[ -n "$address" ] || fail "the recorded Met Office did not start: $(cat "$work/server.log")"

# The shipped app as it is, but for what a demo needs: the recorded server, a tick every three seconds instead of every half
# hour, a key (the recorded server takes any of the right length), and a config that lacks the newer settings.
export MET_OFFICE_API_KEY=demo-0123456789-0123456789-0123456789-0123456789-0123456789
sed -e "s|https://data.hub.api.metoffice.gov.uk|http://$address|" -e '/^security:/,$d' "$build/release/weather-collector/config.yml" >"$work/config.yml"
sed -e 's|^timer:.*|timer: {unit: weather-collector.timer, OnCalendar: "*:*:0/3", AccuracySec: 100ms, Persistent: true}|' \
    -e "s|^release:.*|release: $build/release/weather-collector|" "$build/share/wxctl/apps/weather.yaml" >"$work/weather.yaml"
store=$HOME/.local/share/wxctl/weather/weather.db

say "1. The first deployment: weather-collector, its timer, its bucket"
show 0 wxctl -f "$work/weather.yaml" deploy --strategy gradual --config "$work/config.yml" --set soak=0s --yes

say "2. The next version, gradually: checked, mirrored beside the old one, then in charge"
show 0 wxctl deploy --strategy gradual --release "$build/demo/weather-next" --set soak=5s --auto --yes
[ "$(ask status .slots.green.version)" = "weather-collector 0.2.0" ] || fail "0.2.0 is not in green"
show 0 wxctl bucket show "$store"

say "3. A bad version: good in every check and while mirrored, fails once it is in charge"
show 1 wxctl deploy --strategy gradual --release "$build/demo/weather-bad-when-active" --set soak=4s --auto --yes
[ "$(ask status '.active + " " + .slots.green.version')" = "green weather-collector 0.2.0" ] || fail "the bad version was not taken back"

say "4. Back to the first version, by one command"
show 0 wxctl rollback --yes
[ "$(ask status .active)" = blue ] || fail "blue is not active"

say "5. How it stands now"
show 0 wxctl status
show 0 wxctl history
show 0 wxctl validate
show 0 wxctl bucket show "$store"
bad=$(ask runs '[.[] | select(.result != "success" and .result != null)] | length')
all=$(ask runs length)
points=$(sqlite3 "$store" "select count(*) from (select distinct measurement, tags, time from points where bucket = 'weather')")
[ "$points" -ge 47 ] || fail "the bucket weather holds $points points instead of the 48 hours"

. "$source/tests/demo/shares.sh"
say "done in $(($(date +%s) - begin)) s: $all runs of the weather app, $bad of them of the bad version and caught; bucket weather has all $points points"
