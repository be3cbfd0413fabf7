/* Help, made from the tables of commands and options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buffer.h"
#include "cli/command.h"

/* What pqa is, its commands, and first examples. */
pqt_status help_append_overview(buffer *out, pqt_error *error);
/* One command: usage, options, settings, examples. */
pqt_status help_append_command(const command *c, buffer *out, pqt_error *error);
/* The settings: file, environment, names of tables and columns, exit codes. */
pqt_status help_append_settings(buffer *out, pqt_error *error);

#endif
