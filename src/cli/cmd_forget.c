#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

static pqt_status append_found(const pqa_forgotten *f, bool dry_run, buffer *out,
                               pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES];
    text_count(f->rows, rows);
    TRY(buffer_printf(
        out, error,
        "project %d: %s rows in %" PRId64 " live files, %" PRId64 " objects in all%s\n",
        f->project_id, rows, f->files, f->objects, dry_run ? " would go" : ", are gone"));
    if (dry_run) return PQT_OK;
    TRY(buffer_printf(
        out, error, "looked into all %" PRId64 " Parquet objects: no row of it is left\n",
        f->objects_checked));
    if (f->log_commits == 0) return PQT_OK;
    return buffer_printf(out, error,
                         "%" PRId64
                         " commits of the log still have its slug in statistics: run "
                         "it again\n",
                         f->log_commits);
}

static pqt_status print(const pqa_forgotten *forgotten, bool dry_run, pqt_error *error)
{
    buffer text = {0};
    pqt_status status = append_found(forgotten, dry_run, &text, error);
    if (status == PQT_OK) status = output_write(buffer_view(&text), error);
    buffer_free(&text);
    return status;
}

pqt_status run_forget(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    const bool has_id = o->origins[OPTION_PROJECT_ID] == ORIGIN_FLAG;
    const pqa_forget_options options = {
        .project = in->argument_count ? in->arguments[0] : NULL,
        .project_id = has_id ? (int32_t)o->project_id : 0,
        .agreed = options_agreed(o),
        .ignore_database =
            o->ignore_database && o->origins[OPTION_IGNORE_DATABASE] == ORIGIN_FLAG,
        .dry_run = o->dry_run};
    progress_bar bar;
    pqa_archive *archive = NULL;
    pqa_forgotten forgotten;
    if (has_id == (options.project != NULL))
        return error_set(error, PQT_INVALID,
                         "which project? pqa forget SLUG, or pqa forget --project-id N");
    TRY(session_open(o, false, &bar, &archive, error));
    const pqt_status status = pqa_forget(archive, &options, &forgotten, error);
    progress_bar_clear(&bar);
    pqa_close(archive);
    return status == PQT_OK ? print(&forgotten, o->dry_run, error) : status;
}
