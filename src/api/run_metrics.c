#include "api/run_metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/output_file.h"

enum { FILE_MOST_BYTES = 1 << 20, DAY_S = 86400 };

static const char success_name[] = "pqa_last_success_timestamp_seconds";

/* --- What the file before said --- */

static const char *next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end ? end + 1 : at + strlen(at);
}

static int64_t find_success(const char *text)
{
    const size_t length = sizeof success_name - 1;
    for (const char *at = text; *at; at = next_line(at))
        if (strncmp(at, success_name, length) == 0 && at[length] == ' ')
            return strtoll(at + length, NULL, 10);
    return 0;
}

int64_t run_metrics_read_success(const char *path)
{
    buffer text = {0};
    const bool is_read = file_read_whole(path, FILE_MOST_BYTES, &text, NULL) == PQT_OK &&
                         buffer_append_u8(&text, 0, NULL) == PQT_OK;
    const int64_t success_s = is_read ? find_success((const char *)text.data) : 0;
    buffer_free(&text);
    return success_s;
}

/* --- The new one --- */

static pqt_status put(buffer *out, const char *name, const char *help, int64_t value,
                      pqt_error *error)
{
    return buffer_printf(out, error, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n",
                         name, help, name, name, value);
}

/* Deleting, pruning and compacting count other days and rows. */
static bool is_export(const pqa_step *step)
{
    return strcmp(step->name, "catch up") == 0 || strcmp(step->name, "look again") == 0;
}

static pqt_status put_night(const pqa_night *night, int64_t success_s, buffer *out,
                            pqt_error *error)
{
    int64_t days = 0, failed = 0, rows = 0;
    for (int i = 0; i < night->step_count; i++) {
        if (!is_export(&night->steps[i])) continue;
        days += night->steps[i].days;
        failed += night->steps[i].days_failed;
        rows += night->steps[i].rows;
    }
    TRY(put(out, "pqa_last_run_timestamp_seconds", "When the last night began.",
            night->started_ms / 1000, error));
    TRY(put(out, "pqa_last_run_duration_seconds", "How long it took.",
            night->duration_us / 1000000, error));
    TRY(put(out, "pqa_last_run_exit_code", "How it ended; 0: all done and verified.",
            night->exit_code, error));
    TRY(put(out, success_name, "When the last night that went well ended; 0: none yet.",
            success_s, error));
    TRY(put(out, "pqa_last_run_days", "Days it exported or looked at again.", days,
            error));
    TRY(put(out, "pqa_last_run_days_failed", "Days it could not export.", failed, error));
    TRY(put(out, "pqa_last_run_copies_failed", "Copies it could not make.",
            night->copies_failed, error));
    return put(out, "pqa_last_run_rows", "Rows new or changed in the archive.", rows,
               error);
}

static pqt_status put_archive(const archive_totals *archive, buffer *out,
                              pqt_error *error)
{
    if (!archive) return PQT_OK;
    TRY(put(out, "pqa_archive_rows", "Rows in the archive.", archive->rows, error));
    TRY(put(out, "pqa_archive_bytes", "Bytes of its files.", (int64_t)archive->size_bytes,
            error));
    TRY(put(out, "pqa_archive_files", "Live files.", archive->file_count, error));
    TRY(put(out, "pqa_days_missing", "Days since the first that are not archived.",
            archive->days_missing, error));
    if (!archive->has_newest_day) return PQT_OK;
    return put(out, "pqa_newest_day_timestamp_seconds",
               "Midnight (UTC) that the newest archived day began.",
               (int64_t)archive->newest_day * DAY_S, error);
}

/* Whatever the umask is: the collector is another user. */
static pqt_status open_to_all(const output_file *file, pqt_error *error)
{
    if (fchmod(file->descriptor, 0644) == 0) return PQT_OK;
    return error_set_errno(error, errno, "cannot let others read %s", file->path);
}

static pqt_status replace(const char *path, pqt_view content, pqt_error *error)
{
    output_file file = {0};
    TRY(output_file_create(path, true, &file, error));
    pqt_status status = open_to_all(&file, error);
    if (status == PQT_OK)
        status = output_file_write(&file, content.data, content.size_bytes, error);
    if (status == PQT_OK) status = output_file_publish(&file, error);
    output_file_free(&file);
    return status;
}

pqt_status run_metrics_write(const char *path, const pqa_night *night,
                             int64_t former_success_s, const archive_totals *archive,
                             pqt_error *error)
{
    const int64_t end_s = (night->started_ms + night->duration_us / 1000) / 1000;
    buffer text = {0};
    pqt_status status =
        put_night(night, night->exit_code == 0 ? end_s : former_success_s, &text, error);
    if (status == PQT_OK) status = put_archive(archive, &text, error);
    if (status == PQT_OK) status = replace(path, buffer_view(&text), error);
    buffer_free(&text);
    return status;
}
