#!/usr/bin/env bash
# Runs a command in Debian 13, which has newer versions than Debian 12: Python 3.13 and with
# it Django 6, PostgreSQL 17.
#
#   tools/debian13.sh COMMAND...    in the repository, which is at its path there too
#
# The system is made once by debootstrap, in PQA_DEBIAN13 (default ~/.cache/pqa-debian13).
# Needs root. Its mounts are in a namespace of their own, which ends with the command.
set -eu
[ $# -ge 1 ] || { sed -n '2,8s/^# \?//p' "$0"; exit 2; }
cache=${XDG_CACHE_HOME:-$HOME/.cache}
root=${PQA_DEBIAN13:-$cache/pqa-debian13}
top=$(cd "$(dirname "$0")/.." && pwd)
# What tests look for beside the repository, and the S3 servers that they use.
export PQA_TEST_SERVERS=${PQA_TEST_SERVERS:-$cache/pqa-test-servers}
shown=("$top" "$(realpath -m "$top/../shared")" "$PQA_TEST_SERVERS")

if [ ! -e "$root/made" ]; then
    command -v debootstrap >/dev/null || apt-get install -y -q debootstrap >/dev/null
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 'debian')
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase --include=ca-certificates,procps,python3,python3-venv \
        trixie "$root" "$site" >&2
    cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    cp /etc/pip.conf "$root/etc/" 2>/dev/null || true
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends postgresql redis-server >&2
    touch "$root/made"
fi
cp /etc/resolv.conf /etc/hosts "$root/etc/"

# shellcheck disable=SC2016
exec unshare -m bash -eu -c '
    root=$1 top=$2 count=$3
    shift 3
    mount --make-rprivate /
    for folder in /proc /dev "${@:1:count}"; do
        [ -d "$folder" ] || continue
        mkdir -p "$root$folder"
        mount --rbind "$folder" "$root$folder"
    done
    shift "$count"
    cd /
    exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin \
        PIP_CERT=/etc/ssl/certs/ca-certificates.crt PYTHONDONTWRITEBYTECODE=1 \
        PQA_TEST_SERVERS="$PQA_TEST_SERVERS" \
        bash -c "cd \"\$1\" && shift && exec \"\$@\"" inside "$top" "$@"
' debian13 "$root" "$top" "${#shown[@]}" "${shown[@]}" "$@"
