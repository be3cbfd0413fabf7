#include "base/error.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

pqt_status run_files(invocation *in, pqt_error *error)
{
    pqa_archive *archive = NULL;
    TRY(session_open(in->options, false, NULL, &archive, error));
    pqa_table table = {0};
    pqt_status status = pqa_files(archive, &table, error);
    if (status == PQT_OK) status = output_table(&table, in->options->format, error);
    if (status == PQT_OK && table.row_count == 0 && in->options->format == FORMAT_TABLE)
        message_print("the archive %s has no files", in->options->store);
    pqa_table_free(&table);
    pqa_close(archive);
    return status;
}
