#!/usr/bin/env bash
# Installs the Debian packages that are missing.
#
#   tools/install_packages.sh run      what pqa needs to be built and to run
#   tools/install_packages.sh check    and what its tests and checks need
#
# Uses apt-get as root or through sudo; otherwise prints the line to run, and fails.
set -eu

run=(gcc binutils libc6-dev meson ninja-build pkg-config libxxhash-dev libssl-dev libzstd-dev
    zlib1g-dev libsnappy-dev liblz4-dev libbrotli-dev libjansson-dev libpq-dev
    libsqlite3-dev libcurl4-openssl-dev libexpat1-dev)
check=(g++ clang libclang-rt-14-dev clang-format libcmocka-dev universal-ctags git procps
    python3 python3-dev python3-venv postgresql redis-server sqlite3 strace time zstd)

case ${1-} in
run) wanted=("${run[@]}") ;;
check) wanted=("${run[@]}" "${check[@]}") ;;
*) sed -n '2,7s/^# \?//p' "$0"; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: these packages, by your system's names, are needed:"
    echo "  ${wanted[*]}"
    exit 0
fi

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok'; }
missing=()
for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y -q --no-install-recommends "${missing[@]}")
if [ "$(id -u)" = 0 ]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
else
    echo "packages are missing; as root, run:  apt-get update && ${install[*]}" >&2
    exit 1
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" "${install[@]}" >/dev/null </dev/null
