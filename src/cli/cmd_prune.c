#include <inttypes.h>

#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

static pqt_status append_amount(const pqa_pruned *pruned, buffer *out, pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES];
    text_count(pruned->rows, rows);
    text_bytes((int64_t)pruned->size_bytes, size);
    return buffer_printf(out, error, "%" PRId64 " days, %s rows, %s", pruned->days, rows,
                         size);
}

static pqt_status append_pruned(const pqa_pruned *pruned, bool dry_run, buffer *out,
                                pqt_error *error)
{
    char date[DATE_TEXT_BYTES], rows[SHORT_TEXT_BYTES];
    date_text(pruned->before, date);
    text_count(pruned->rows_left, rows);
    TRY(append_amount(pruned, out, error));
    TRY(buffer_printf(out, error, " %s; %s rows stay, from %s on",
                      dry_run ? "would go" : "went", rows, date));
    if (pruned->files_rewritten > 0)
        TRY(buffer_printf(out, error, "; %" PRId64 " files %s anew",
                          pruned->files_rewritten,
                          dry_run ? "would be written" : "written"));
    if (pruned->copies > 0)
        TRY(buffer_printf(out, error, "; %" PRId64 " copies removed", pruned->copies));
    return buffer_append_text(out, "\n", error);
}

static pqt_status append_undone(const pqa_pruned *pruned, buffer *out, pqt_error *error)
{
    TRY(append_amount(pruned, out, error));
    TRY(buffer_append_text(out, " are back", error));
    if (pruned->before == INT32_MIN) return buffer_append_text(out, "\n", error);
    char date[DATE_TEXT_BYTES];
    date_text(pruned->before, date);
    return buffer_printf(out, error, "; the archive stays pruned before %s\n", date);
}

static pqt_status print(const struct options *o, const pqa_pruned *pruned,
                        pqt_error *error)
{
    buffer line = {0};
    pqt_status status = o->undo ? append_undone(pruned, &line, error)
                                : append_pruned(pruned, o->dry_run, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

/* What cannot be taken back as easily as it is said is taken from the command line only.
 */
static pqt_status check_options(const struct options *o, pqt_error *error)
{
    const bool has_before = o->origins[OPTION_BEFORE] == ORIGIN_FLAG;
    const bool undoes = o->undo && o->origins[OPTION_UNDO] == ORIGIN_FLAG;
    if (undoes != has_before && !(undoes && o->dry_run)) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "which days? pqa prune --before 2024-01-01, with --dry-run to see "
                     "what goes; or pqa prune --undo");
}

pqt_status run_prune(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    const pqa_prune_options options = {.before = o->before,
                                       .dry_run = o->dry_run,
                                       .more_than_a_tenth = options_agreed(o)};
    progress_bar bar;
    pqa_archive *archive = NULL;
    pqa_pruned pruned;
    TRY(check_options(o, error));
    TRY(session_open(o, false, &bar, &archive, error));
    pqt_status status = o->undo ? pqa_prune_undo(archive, &pruned, error)
                                : pqa_prune(archive, &options, &pruned, error);
    progress_bar_clear(&bar);
    pqa_close(archive);
    return status == PQT_OK ? print(o, &pruned, error) : status;
}
