#!/usr/bin/env bash
# The rules of CONTRIBUTING.md that a machine can check; ends with their sum.
# tools/style.sh BUILD: the build folder whose shared library is looked at.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
passed=0 failed=0 skipped=0

rule() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok      $name${output:+: $output}"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        echo "$output" | head -n 40 | sed 's/^/        /'
    fi
}

# Succeeds where git finds the pattern nowhere; prints where it is otherwise.
nowhere() { ! git grep --untracked -nIE "$@"; }

check_format() {
    local files
    mapfile -t files < <(git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'fuzz/*.[ch]' \
        'examples/*.c' 'python/src/*.[ch]')
    clang-format --dry-run --Werror "${files[@]}" 2>&1 | grep -oE '^[^:]+:[0-9]+' |
        cut -d: -f1 | sort | uniq -c | awk '{print $2 ": " $1 " lines"; n++} END {exit n > 0}'
}

check_symbols() {
    tools/symbols "$build/libpqa.so" "$build/libpqt.so" "$build/libpqt.a"
}

# Codecs and libcrypto are libraries of their own.
check_size() {
    local stripped=$build/libpqt.stripped bytes
    strip -o "$stripped" "$build/libpqt.so" || return 1
    bytes=$(stat -c %s "$stripped")
    rm -f "$stripped"
    echo "libpqt.so, stripped: $bytes of at most 600000 bytes"
    [ "$bytes" -le 600000 ]
}

rule "function and file lengths" tools/fnlen
rule "includes go one way" tools/layers
rule "public symbols" check_symbols
rule "library size" check_size
rule "no extern in a .c" nowhere '^\s*extern\b' -- 'src/*.c' 'python/src/*.c'
rule "no path of one machine" nowhere '(^|[^A-Za-z0-9_.])/(work|farm|home|Users)/' \
    -- . ':!tools/style.sh'
rule "functions are named in lower case" nowhere \
    '^(static |const |inline )*[a-z][a-z0-9_]* \*?[a-z0-9_]*[A-Z][A-Za-z0-9_]*\(' \
    -- 'src/*.[ch]' 'include/*.h' 'python/src/*.[ch]' 'bench/*.c'
rule "libraries do not print, exit or abort" nowhere '\b(printf|puts|exit|abort)\(' \
    -- 'src/*.c' 'python/src/*.c' ':!src/cli'
rule "allocation through base/alloc" nowhere '\b(malloc|calloc|realloc|strdup)\(' \
    -- 'src/*.c' ':!src/base/alloc.c'
rule "no unsafe string functions" nowhere '\b(strcpy|strcat|sprintf|gets|strtok|atoi|atol)\(' \
    -- 'src/*.c' 'python/src/*.c'
check_format || echo "advice: clang-format -i on the files above"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
