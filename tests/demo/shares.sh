# The second half of the demo: a program of four lines that ticks each second, and the ways to try a new version on its data.
# Read by demo.sh, which has the functions.
ticks() { wxctl --app ticks "$@"; }
until_true() {
  for _ in $(seq 400); do eval "$1" && return; sleep 0.1; done
  fail "in vain until $1"
}
step() { ticks status -o json | jq -r .rollout.message; }

for version in 1 2 3; do
  mkdir -p "$work/ticks-$version/bin"
  cat >"$work/ticks-$version/bin/tick" <<'EOF'
#!/bin/sh
case "$1" in --dry-run) exit 0;; esac
sqlite3 -cmd '.timeout 5000' "$STORE" "INSERT OR REPLACE INTO points VALUES('$BUCKET','tick','host=a',$(date +%s)000000000,'value',1.0)"
EOF
  echo "# $version" >>"$work/ticks-$version/bin/tick"
  chmod +x "$work/ticks-$version/bin/tick"
done
cat >"$work/ticks.yaml" <<'EOF'
apiVersion: wxctl/v1
kind: App
name: ticks
service: ticks.service
timer: {unit: ticks.timer, OnCalendar: "*:*:*", AccuracySec: 1ms, Persistent: true}
program: {exec: ["${release}/bin/tick"], env: {BUCKET: "${bucket}", STORE: "${store}"}, timeout: 20s, repeatable: true}
store: {kind: sqlite, path: ticks.db, measurement: tick, active: ticks, candidate: ticks-candidate}
checks: {dry-run: {exec: ["${release}/bin/tick", "--dry-run"], timeout: 10s}}
EOF

say "6. A canary: exactly one of each ten ticks goes to the new version"
show 0 wxctl -q -f "$work/ticks.yaml" deploy --strategy gradual --release "$work/ticks-1" --set soak=0s --yes
show 0 ticks canary --percent 10 --release "$work/ticks-2" --set soak=300s --detach --yes
until_true '[ "$(ticks runs -o json | jq "[.[] | select(.block == 0)] | length")" -ge 10 ]'
show 0 ticks status
ticks runs | tail -12
share=$(ticks runs -o json | jq '[.[] | select(.block == 0 and .role == "candidate")] | length')
[ "$share" -eq 1 ] || fail "$share runs of the first block of ten went to the candidate"
show 0 ticks canary --percent 50
show 0 ticks compare
show 0 ticks abort

say "7. The canary strategy, promoted by a person"
show 0 ticks deploy --strategy canary --release "$work/ticks-2" --set percent=50 --set soak=3s --detach --yes
until_true 'step | grep -q "^analyze"'
show 0 ticks promote --full
[ "$(ticks status -o json | jq -r .active)" = green ] || fail "green is not active"

say "8. Blue-green: both do every run until the data show that the new one is safe, then one rename"
show 0 ticks deploy --strategy blue-green --release "$work/ticks-3" --set soak=3s --auto --yes
show 0 ticks rollback --to ticks-1 --yes
show 0 ticks history
