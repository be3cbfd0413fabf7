#!/usr/bin/env bash
# Builds the Python package's wheel: of the limited API, so for CPython 3.9 and newer, with
# the libraries that it needs inside.
#
#   tools/wheel.sh FOLDER    where the wheel goes; older wheels there are removed
#
# The build is kept in build-check/python, its tools in .venv-wheel. The platform in the
# wheel's name is the newest glibc that something in it needs; on Debian 12 that is 2.34's.
# meson-python names the interpreter that it runs in; the limited API is 3.9's (meson.build).
set -eu
[ $# = 1 ] || { sed -n '2,6s/^# \?//p' "$0"; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
venv=$PWD/.venv-wheel

tools/venv.sh "$venv" python/build-requirements.txt
export PATH=$venv/bin:$PATH

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
pip wheel -q --no-build-isolation --no-deps --config-settings "build-dir=$PWD/build-check/python" \
    -w "$made" ./python
rm -f "$folder"/parquet_analytics-*.whl
auditwheel repair --strip -w "$folder" "$made"/parquet_analytics-*.whl >"$made/log" 2>&1 ||
    { cat "$made/log"; exit 1; }
wheel tags --remove --python-tag cp39 "$folder"/parquet_analytics-*.whl >/dev/null
wheel=$(echo "$folder"/parquet_analytics-*.whl)
abi3audit --strict --summary "$wheel" >&2
echo "$wheel"
