#!/usr/bin/env bash
# Makes a Python environment with these requirements, anew where they have changed:
# tools/venv.sh FOLDER REQUIREMENTS...
set -eu
folder=$1
shift
wanted=$(cat "$@" | sha256sum)
[ "$(cat "$folder/requirements" 2>/dev/null)" != "$wanted" ] || exit 0
python3 -m venv --clear "$folder"
arguments=()
for file; do arguments+=(-r "$file"); done
"$folder/bin/pip" install -q "${arguments[@]}"
echo "$wanted" >"$folder/requirements"
