#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

typedef struct vacuum_lines {
    progress_bar bar;
    bool every_object;
} vacuum_lines;

static void take_object(void *self, const pqa_vacuumed *object)
{
    vacuum_lines *const lines = self;
    if (!lines->every_object) return;
    char size[SHORT_TEXT_BYTES], date[DATE_TEXT_BYTES];
    text_bytes((int64_t)object->size_bytes, size);
    date_text((int32_t)(object->since_ms / 86400000), date);
    progress_bar_clear(&lines->bar);
    printf("%s  %9s  %s %s\n", object->path, size,
           object->was_live ? "superseded" : "left over since", date);
}

static pqt_status print_sum(const pqa_vacuum_sum *sum, bool removed, pqt_error *error)
{
    buffer line = {0};
    char size[SHORT_TEXT_BYTES], waiting[SHORT_TEXT_BYTES];
    text_bytes((int64_t)sum->bytes, size);
    text_bytes((int64_t)sum->bytes_waiting, waiting);
    pqt_status status = buffer_printf(
        &line, error,
        "%" PRId64 " objects, %s %s; %" PRId64 ", %s wait until they are 7 days old\n",
        sum->objects, size, removed ? "deleted" : "would be deleted with --delete",
        sum->objects_waiting, waiting);
    if (status == PQT_OK && sum->log_files > 0)
        status = buffer_printf(&line, error, "%" PRId64 " old files of the log deleted\n",
                               sum->log_files);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

pqt_status run_vacuum(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    const bool removes = o->delete_objects && o->origins[OPTION_DELETE] == ORIGIN_FLAG;
    vacuum_lines lines = {.every_object = o->verbose || !removes};
    pqa_vacuum_report report = {.callback = take_object, .self = &lines};
    pqa_archive *archive = NULL;
    TRY(session_open(o, false, &lines.bar, &archive, error));
    const pqt_status status = pqa_vacuum(archive, removes, &report, error);
    progress_bar_clear(&lines.bar);
    pqa_close(archive);
    return status == PQT_OK ? print_sum(&report.sum, removes, error) : status;
}
