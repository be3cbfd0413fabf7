#!/usr/bin/env bash
# Runs python/tests_django with the package's wheel, in an environment of its own with the
# Django that python/tests_django/VERSION.txt names.
#
#   tools/django_tests.sh VERSION WHEEL [PYTEST'S ARGUMENTS]
set -eu
[ $# -ge 2 ] || { sed -n '2,5s/^# \?//p' "$0"; exit 2; }
version=$1 wheel=$(realpath "$2")
shift 2
cd "$(dirname "$0")/.."
venv=$PWD/.venv-django-$version
tools/venv.sh "$venv" python/tests_django/{requirements,"$version"}.txt
"$venv/bin/pip" install -q --force-reinstall --no-deps "$wheel"
exec timeout 1800 "$venv/bin/python" -m pytest -q -ra --tb=short -p no:cacheprovider \
    -n "$(nproc)" --dist loadfile python/tests_django "$@"
