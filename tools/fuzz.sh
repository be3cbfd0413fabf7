#!/usr/bin/env bash
# Runs fuzz targets with clang's libFuzzer: tools/fuzz.sh SECONDS [TARGET...]
#
# Each target (all of them, if none is named) runs for SECONDS, JOBS of them at a time
# (default: 1), from its files in fuzz/corpus and what earlier campaigns found, which stay
# in build-check/fuzz/found. One line a target; a finding leaves its input in
# build-check/fuzz/findings, to be replayed by build-check/fuzz/fuzz/fuzz_TARGET FILE.
set -u
cd "$(dirname "$0")/.." || exit 1
[[ ${1:-} =~ ^[0-9]+$ ]] || { sed -n '2,7s/^# \?//p' "$0"; exit 2; }
seconds=$1; shift
build=build-check/fuzz
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

command -v clang >/dev/null || { echo "skipped: clang is not installed"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
mkdir -p build-check
if [ ! -f $build/build.ninja ]; then
    CC=clang meson setup $build --werror -Dfuzz=enabled -Db_lundef=false \
        -Db_sanitize=address,undefined --buildtype=debugoptimized >$build.log 2>&1 ||
        { tail -n 30 $build.log; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
fi
mapfile -t all < <(cd fuzz && ls fuzz_*.c | sed -E 's/fuzz_(.*)\.c/\1/')
[ $# -gt 0 ] || set -- "${all[@]}"
ninja -C $build "${@/#/fuzz/fuzz_}" >$build.log 2>&1 ||
    { grep -E 'FAILED|error:' -A5 $build.log | head -n 60; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# Prints the target's line; fails where there was a finding.
campaign() {
    local name=$1 log=$build/campaign-$1.log
    mkdir -p "$build/found/$name" "$build/findings"
    "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -entropic=0 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/findings/$name-" \
        "$build/found/$name" "fuzz/corpus/$name" >"$log" 2>&1
    local status=$? runs
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ $status = 0 ]; then
        echo "$name: no finding in $seconds s, ${runs:-0} inputs, $(find "$build/found/$name" -type f | wc -l) kept"
    else
        echo "$name: FINDING after ${runs:-0} inputs: $(grep -m1 -E 'SUMMARY|ERROR' "$log")"
        grep -m1 -o "$build/findings/.*" "$log"
    fi
    return $status
}
export -f campaign; export build seconds

lines=$(printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -I{} bash -c 'campaign {}' | tee /dev/stderr)
failed=$(grep -c FINDING <<<"$lines")
echo "$(($# - failed)) passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
