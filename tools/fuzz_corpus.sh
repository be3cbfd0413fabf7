#!/usr/bin/env bash
# Replays each fuzz target's corpus with its plain driver: tools/fuzz_corpus.sh BUILD
# A target is BUILD/fuzz/fuzz_NAME, its corpus the files of fuzz/corpus/NAME.
set -u
build=$1 passed=0 failed=0
for target in "$build"/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    if timeout 300 "$target" "fuzz/corpus/$name"/* >"$build/fuzz/$name.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        tail -n 40 "$build/fuzz/$name.log"
    fi
done
[ $((passed + failed)) -gt 0 ] || { echo "no fuzz target in $build/fuzz"; failed=1; }
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
