#include <string.h>

#include "base/error.h"
#include "cli/help.h"
#include "cli/output.h"

static pqt_status append_help(const invocation *in, buffer *out, pqt_error *error)
{
    if (in->argument_count == 0) return help_append_overview(out, error);
    if (strcmp(in->arguments[0], "settings") == 0)
        return help_append_settings(out, error);
    const command *found = NULL;
    int words = 0;
    TRY(command_find(in->arguments, in->argument_count, &found, &words, error));
    return help_append_command(found, out, error);
}

pqt_status run_help(invocation *in, pqt_error *error)
{
    buffer out = {0};
    pqt_status status = append_help(in, &out, error);
    if (status == PQT_OK) status = output_write(buffer_view(&out), error);
    buffer_free(&out);
    return status;
}
