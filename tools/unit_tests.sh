#!/usr/bin/env bash
# Runs the unit tests of a build folder and sums their cases: tools/unit_tests.sh BUILD [TEST...]
# Shows what failed tests printed; a test that crashed counts as one failure. A test that
# skips itself says why in a line that begins with "skipped: ".
set -u
build=$1; shift
log=$build/meson-logs/testlog.txt
rm -f "$log"
patience=${PQA_CHECK_ALL:+20} # times as long: every allocation fails
output=$(timeout $((900 * ${patience:-1})) meson test -C "$build" --suite unit --no-rebuild -q \
    -t "${patience:-1}" "$@" 2>&1)
status=$?
[ -f "$log" ] || { echo "$output"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# The log has a block a test, after a line "==== N/M ====".
awk '/^=+ [0-9]+\/[0-9]+ =+$/ {show(); block = ""; good = 0}
     /^result: +exit status 0$/ {good = 1}
     /^Ok: / {show(); exit}
     !/^command:|^\[ +(RUN|OK) / {block = block $0 "\n"}
     function show() {if (seen++ && !good) printf "%s", block}' "$log" | head -n 300
grep -hE '^\[  SKIPPED \] [^0-9]|^skipped: ' "$log" | sort -u

count() { sed -nE "s/^\[  $1 +\] ([0-9]+) test.*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'; }
passed=$(count PASSED) failed=$(count FAILED) skipped=$(count SKIPPED)
broken=$(sed -nE 's/^(Fail|Timeout): +([0-9]+).*/\2/p' "$log" | awk '{n += $1} END {print n + 0}')
[ "$failed" -ge "$broken" ] || failed=$broken
[ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
