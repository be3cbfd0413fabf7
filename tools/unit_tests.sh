#!/usr/bin/env bash
# Runs the unit tests of a build folder and sums their cases: tools/unit_tests.sh BUILD [TEST...]
# Shows what a failed test printed; a test that crashed counts as one failure.
set -u
build=$1; shift
log=$build/meson-logs/testlog.txt
rm -f "$log"
summary=$(timeout 900 meson test -C "$build" --suite unit --no-rebuild -q "$@" 2>&1)
status=$?
[ -f "$log" ] || { echo "$summary"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
[ $status = 0 ] || grep -vE '^\[ +(RUN|OK) ' "$log" | tail -n 200

count() { sed -nE "s/^\[  $1 +\] ([0-9]+) test.*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'; }
passed=$(count PASSED) failed=$(count FAILED) skipped=$(count SKIPPED)
grep -E '^\[  SKIPPED \] [^0-9]|^skipped: ' "$log"
broken=$(sed -nE 's/^(Fail|Timeout): +([0-9]+).*/\2/p' "$log" | awk '{n += $1} END {print n + 0}')
[ "$failed" -ge "$broken" ] || failed=$broken
[ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
