#!/usr/bin/env bash
# Prints docs/cli.md, made of what a built pqa says of itself: tools/command_docs.sh PQA
set -eu
pqa=${1:?usage: tools/command_docs.sh PQA}

cat <<'END'
# Commands

As `pqa help COMMAND` prints it; options of all commands are under the last heading.
END

# What every command's help ends with is said once, under the last heading.
"$pqa" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z -]*[a-z]\)   *.*/\1/p' |
grep -v "^help$\|^version$" | while read -r command; do
    printf '\n## pqa %s\n\n```\n' "$command"
    # shellcheck disable=SC2086
    "$pqa" help $command |
        awk -v RS= '!/^Everywhere:|^Each option can also be set/ {
            printf "%s%s\n", separator, $0; separator = "\n" }'
    printf '```\n'
done

printf '\n## Settings and exit codes\n\n```\n'
"$pqa" help settings
printf '```\n'
