#!/usr/bin/env bash
# Installs a wheel into an empty environment of another Debian's CPython, and tries it there.
#
#   tools/try_wheel.sh WHEEL SUITE...    trixie has CPython 3.13, forky 3.14
#
# Needs root, debootstrap and Debian's mirror. Each suite is made once, outside the tree
# ($PQA_TEST_SUITES, by default ~/.cache/pqa-test-suites), some 300 MB; it sees nothing else
# of the machine but /proc. The wheel is of one limited API: CPython 3.9 is tried by
# abi3audit, and Debian 12's 3.11 by the tests.
set -eu
[ $# -ge 2 ] || { sed -n '2,10s/^# \?//p' "$0"; exit 2; }
wheel=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
folder=${PQA_TEST_SUITES:-${XDG_CACHE_HOME:-$HOME/.cache}/pqa-test-suites}
mkdir -p "$folder"

make_suite() {
    local root=$folder/$1
    [ ! -e "$root/complete" ] || return 0
    rm -rf "$root"
    # Newer suites have no script of their own yet: theirs is sid's.
    debootstrap --variant=minbase --include=python3,python3-venv "$1" "$root" \
        http://deb.debian.org/debian /usr/share/debootstrap/scripts/sid >"$folder/$1.log" 2>&1 ||
        { tail -n 5 "$folder/$1.log" >&2; return 1; }
    touch "$root/complete"
}

for suite; do
    make_suite "$suite"
    root=$folder/$suite
    rm -rf "$root/try"
    mkdir "$root/try"
    cp "$wheel" python/tests/smoke.py "$root/try"
    # In a mount namespace of its own, so that /proc goes with it.
    unshare --mount bash -euc '
        mount -t proc proc "$0/proc"
        chroot "$0" env -i LC_ALL=C.UTF-8 PATH=/usr/bin:/bin sh -euc "
            cd /try
            python3 -m venv venv
            venv/bin/pip install -q --no-index ./*.whl
            venv/bin/python -W error smoke.py"' "$root"
done
