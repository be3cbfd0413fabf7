#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

/* --- Against what is wanted --- */

/* The number of a column of the status; false where it is not known. */
static bool find_number(const pqa_table *status, const char *name, int64_t *out)
{
    for (int32_t i = 0; i < status->column_count; i++) {
        const pqa_column *column = &status->columns[i];
        if (strcmp(column->name, name) != 0 || cell_is_null(column, 0)) continue;
        *out = column->int64s[0];
        return true;
    }
    return false;
}

static pqt_status append_missing(const pqa_table *t, buffer *out, pqt_error *error)
{
    int64_t missing;
    if (!find_number(t, "days_missing", &missing)) return PQT_OK;
    return buffer_printf(out, error, "%" PRId64, missing);
}

static pqt_status append_age(const pqa_table *t, buffer *out, pqt_error *error)
{
    int64_t days;
    if (!find_number(t, "newest_age_days", &days)) return PQT_OK;
    return buffer_printf(out, error, "%" PRId64 " day%s", days, days == 1 ? "" : "s");
}

static pqt_status append_duration(const pqa_table *t, buffer *out, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    int64_t time_ms;
    if (!find_number(t, "last_night_ms", &time_ms)) return PQT_OK;
    text_duration(time_ms * 1000, text);
    return buffer_append_text(out, text, error);
}

static pqt_status append_success(const pqa_table *t, buffer *out, pqt_error *error)
{
    int64_t nights, failed;
    if (!find_number(t, "nights", &nights) || !find_number(t, "nights_failed", &failed))
        return PQT_OK;
    return buffer_printf(out, error, "%.1f %% of %" PRId64,
                         100.0 * (double)(nights - failed) / (double)nights, nights);
}

static pqt_status append_day(const pqa_table *t, buffer *out, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    int64_t bytes;
    if (!find_number(t, "day_size", &bytes)) return PQT_OK;
    text_bytes(bytes, text);
    return buffer_append_text(out, text, error);
}

static pqt_status append_compression(const pqa_table *t, buffer *out, pqt_error *error)
{
    int64_t database, archive;
    if (!find_number(t, "database_size", &database) ||
        !find_number(t, "size", &archive) || archive == 0)
        return PQT_OK;
    return buffer_printf(out, error, "%.1f x", (double)database / (double)archive);
}

static pqt_status append_database(const pqa_table *t, buffer *out, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    int64_t bytes;
    if (!find_number(t, "database_size", &bytes)) return PQT_OK;
    text_bytes(bytes, text);
    return buffer_append_text(out, text, error);
}

static pqt_status append_year(const pqa_table *t, buffer *out, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    int64_t bytes, cents;
    if (!find_number(t, "year_size", &bytes) ||
        !find_number(t, "year_cost_cents", &cents))
        return PQT_OK;
    text_bytes(bytes, text);
    return buffer_printf(out, error, "%s, %.2f USD", text, (double)cents / 100);
}

static const struct {
    const char *name;
    const char *wanted;
    pqt_status (*append)(const pqa_table *status, buffer *out, pqt_error *error);
} metrics[] = {
    {"days missing", "0", append_missing},
    {"age of the newest day", "1 day", append_age},
    {"last night", "< 5 min", append_duration},
    {"nights that went well", "> 99.5 %", append_success},
    {"a day's file", "< 50 MB", append_day},
    {"these rows in the database", "", append_database},
    {"smaller than in the database", "> 5 x", append_compression},
    {"a year of such days", "", append_year},
};

static pqt_status append_metrics(const pqa_table *status, buffer *out, pqt_error *error)
{
    buffer value = {0};
    pqt_status done = buffer_printf(out, error, "\n%-30s%-20s%s\n", "", "now", "wanted");
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics && done == PQT_OK; i++) {
        buffer_clear(&value);
        done = metrics[i].append(status, &value, error);
        if (done == PQT_OK && value.size_bytes > 0)
            done = buffer_printf(out, error, "%-30s%-*.*s%s\n", metrics[i].name,
                                 *metrics[i].wanted ? 20 : 0, (int)value.size_bytes,
                                 (const char *)value.data, metrics[i].wanted);
    }
    buffer_free(&value);
    return done;
}

/* The columns before those that the metrics are made of. */
static pqa_table what_there_is(const pqa_table *status)
{
    pqa_table shown = *status;
    for (int32_t i = 0; i < status->column_count; i++)
        if (strcmp(status->columns[i].name, "newest_age_days") == 0)
            shown.column_count = i;
    return shown;
}

static pqt_status print_status(const pqa_table *status, pqt_error *error)
{
    buffer out = {0};
    const pqa_table shown = what_there_is(status);
    TRY(output_record(&shown, 0, error));
    pqt_status done = append_metrics(status, &out, error);
    if (done == PQT_OK) done = output_write(buffer_view(&out), error);
    buffer_free(&out);
    output_note(status);
    return done;
}

/* A file of the settings is not there before the first night; one that is named now is.
 */
static const char *choose_report(const struct options *o)
{
    const bool is_named = o->origins[OPTION_REPORT_FILE] == ORIGIN_FLAG;
    const bool is_missing =
        o->report_file && access(o->report_file, F_OK) != 0 && errno == ENOENT;
    return is_missing && !is_named ? NULL : o->report_file;
}

pqt_status run_status(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    const pqa_status_options options = {.report_file = choose_report(o),
                                        .ask_database = o->db != NULL};
    pqa_archive *archive = NULL;
    pqa_table table = {0};
    TRY(session_open(o, false, NULL, &archive, error));
    pqt_status status = pqa_status(archive, &options, &table, error);
    if (status == PQT_OK)
        status = o->format == FORMAT_TABLE ? print_status(&table, error)
                                           : output_table(&table, o->format, error);
    pqa_table_free(&table);
    pqa_close(archive);
    return status;
}
