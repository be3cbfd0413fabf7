#include <stdio.h>

#include "api/handle.h"
#include "api/run_metrics.h"
#include "api/run_report.h"
#include "api/totals.h"
#include "archive/archive_table.h"
#include "base/clock.h"
#include "store/http_ping.h"
#include "table/covered.h"

enum { LOOK_BACK_DAYS = 3 };

/* A night under way. */
struct nightly {
    const pqa_settings *settings;
    pqa_archive *archive; /* NULL: it could not be opened */
    const pqa_nightly_options *options;
    pqa_night *night;
    pqa_step *step; /* that runs */
    int32_t yesterday;
    int32_t look_back_from;
    pqa_copy_options copies;
    bool contradicted; /* a day failed with CORRUPT */
    pqt_status first_failure;
    pqt_error first_error;
};

/* --- Exporting --- */

static void take_day(void *self, const pqa_day *day)
{
    const struct nightly *const n = self;
    if (day->outcome == PQA_DAY_FAILED)
        n->step->days_failed++;
    else
        n->step->days++;
    n->step->rows += day->rows_new + day->rows_changed;
    n->step->bytes += day->file_bytes;
    if (n->options->on_day) n->options->on_day(n->options->self, day);
}

static void take_copy(void *self, const pqa_copy *copy)
{
    const struct nightly *const n = self;
    n->night->copies += copy->outcome == PQA_COPY_WRITTEN;
    if (copy->outcome == PQA_COPY_FAILED && n->night->copies_failed++ == 0 &&
        n->night->message[0] == 0)
        snprintf(n->night->message, sizeof n->night->message, "%s", copy->message);
    if (n->options->on_copy) n->options->on_copy(n->options->self, copy);
}

/* What failed before, to tell a failure of copies from others. */
struct failures {
    int64_t copies;
    int64_t days;
};

static struct failures count_failures(const struct nightly *n)
{
    return (struct failures){n->night->copies_failed, n->step->days_failed};
}

/* A copy that failed is told, and holds nothing back. */
static pqt_status without_copies(const struct nightly *n, struct failures before,
                                 pqt_status status, const pqt_error *problem,
                                 pqt_error *error)
{
    const struct failures now = count_failures(n);
    const bool is_of_copies = now.copies > before.copies && now.days == before.days;
    if (status == PQT_OK || (is_of_copies && status != PQT_CANCELLED)) return PQT_OK;
    if (error) *error = *problem;
    return status;
}

static pqt_status export_days(struct nightly *n, int32_t since, int32_t until,
                              bool skip_covered, pqt_error *error)
{
    const struct failures before = count_failures(n);
    pqt_error problem = {0};
    n->copies.new_only = skip_covered;
    const pqa_export_options options = {.since = since,
                                        .until = until,
                                        .skip_covered = skip_covered,
                                        .copies = &n->copies};
    const pqt_status status = pqa_export(n->archive, &options, take_day, n, &problem);
    return without_copies(n, before, status, &problem, error);
}

/* The dates that are covered; none where there is no table yet. */
static pqt_status read_covered(struct nightly *n, covered *out, pqt_error *error)
{
    scan *sc = NULL;
    const pqt_status opened = handle_scan(n->archive, &sc, error);
    if (opened == PQT_NOT_FOUND) return PQT_OK;
    TRY(opened);
    return covered_parse(delta_configuration(sc->snapshot, KEY_COVERED), out, error);
}

/* The first date that is covered and was not pruned; INT32_MAX where there is none. */
static int32_t first_of(const struct nightly *n, const covered *days)
{
    if (days->count == 0) return INT32_MAX;
    const int32_t kept = archive_table_first_kept(n->archive->scan->snapshot);
    return kept > days->ranges[0].first ? kept : days->ranges[0].first;
}

static pqt_status find_first(struct nightly *n, int32_t *first, pqt_error *error)
{
    covered days = {0};
    const pqt_status status = read_covered(n, &days, error);
    *first = first_of(n, &days);
    covered_free(&days);
    return status;
}

static pqt_status catch_up(struct nightly *n, pqt_error *error)
{
    covered days = {0};
    const int32_t last = n->look_back_from - 1;
    const pqt_status status = read_covered(n, &days, error);
    const int32_t first = first_of(n, &days);
    const bool is_missing = first <= last && covered_missing(&days, first, last) > 0;
    covered_free(&days);
    TRY(status);
    return is_missing ? export_days(n, first, last, true, error) : PQT_OK;
}

static pqt_status look_again(struct nightly *n, pqt_error *error)
{
    return export_days(n, n->look_back_from, n->yesterday, false, error);
}

/* --- What only goes where it is asked for --- */

static void take_deleted(void *self, const pqa_deleted_day *day)
{
    const struct nightly *const n = self;
    if (day->status == PQT_OK)
        n->step->days++;
    else
        n->step->days_failed++;
    n->step->rows += day->rows_deleted;
}

static bool wants_deletion(const struct nightly *n)
{
    return n->options->keep_database_days > 0;
}

/* The first date that the database has rows of; INT32_MAX where it has none. Days before
 * it are gone already. */
static pqt_status find_first_in_database(struct nightly *n, int32_t *first,
                                         pqt_error *error)
{
    source *from = NULL;
    int32_t last;
    bool is_empty = false;
    TRY(handle_source(n->archive, &from, error));
    TRY(source_begin(from, error));
    const pqt_status status = source_date_range(from, first, &last, &is_empty, error);
    TRY(source_end(from, status == PQT_OK ? error : NULL));
    if (status == PQT_OK && is_empty) *first = INT32_MAX;
    return status;
}

/* Days that the archive covers: deleting exports them once more before. */
static pqt_status delete_old(struct nightly *n, pqt_error *error)
{
    pqa_delete_options options = {0};
    if (n->options->deletion) options = *n->options->deletion;
    n->copies.new_only = true;
    options.copies = &n->copies;
    options.exported = NULL;
    options.until = n->yesterday - n->options->keep_database_days;
    int32_t first;
    TRY(find_first(n, &options.since, error));
    TRY(find_first_in_database(n, &first, error));
    if (first > options.since) options.since = first;
    if (options.since > options.until) return PQT_OK;
    const struct failures before = count_failures(n);
    pqt_error problem = {0};
    const pqt_status status =
        pqa_delete_exported(n->archive, &options, take_deleted, n, &problem);
    return without_copies(n, before, status, &problem, error);
}

static bool wants_prune(const struct nightly *n)
{
    return n->options->keep_archive_days > 0;
}

static pqt_status prune_old(struct nightly *n, pqt_error *error)
{
    const int32_t before = n->yesterday + 1 - n->options->keep_archive_days;
    const pqa_prune_options options = {.before = before};
    pqa_pruned pruned = {0};
    int32_t first;
    TRY(find_first(n, &first, error));
    if (first >= before) return PQT_OK;
    TRY(pqa_prune(n->archive, &options, &pruned, error));
    n->step->days = pruned.days;
    n->step->rows = pruned.rows;
    n->step->bytes = pruned.size_bytes;
    return PQT_OK;
}

static void take_month(void *self, const pqa_compacted *month)
{
    const struct nightly *const n = self;
    n->step->days += month->outcome == PQA_MONTH_COMPACTED;
    n->step->days_failed += month->outcome == PQA_MONTH_FAILED;
    if (month->outcome != PQA_MONTH_COMPACTED) return;
    n->step->rows += month->rows;
    if (month->bytes_after < month->bytes_before)
        n->step->bytes += month->bytes_before - month->bytes_after;
}

static bool wants_compaction(const struct nightly *n)
{
    return n->options->compact;
}

static pqt_status compact_months(struct nightly *n, pqt_error *error)
{
    const pqa_compact_options options = {0};
    return pqa_compact(n->archive, &options, take_month, n, error);
}

static bool wants_vacuum(const struct nightly *n)
{
    return n->options->vacuum;
}

static pqt_status vacuum_old(struct nightly *n, pqt_error *error)
{
    pqa_vacuum_report report = {0};
    const pqt_status status = pqa_vacuum(n->archive, true, &report, error);
    n->step->days = report.sum.objects;
    n->step->bytes = report.sum.bytes;
    return status;
}

/* --- The parts of a night --- */

static const struct {
    const char *name;
    bool (*is_wanted)(const struct nightly *n); /* NULL: always */
    pqt_status (*run)(struct nightly *n, pqt_error *error);
} steps[] = {{"catch up", NULL, catch_up},
             {"look again", NULL, look_again},
             {"delete", wants_deletion, delete_old},
             {"prune", wants_prune, prune_old},
             {"compact", wants_compaction, compact_months},
             {"vacuum", wants_vacuum, vacuum_old}};

static void keep_failure(struct nightly *n, pqt_status status, const pqt_error *failure)
{
    if (status == PQT_CORRUPT) n->contradicted = true;
    if (n->first_failure != PQT_OK) return;
    n->first_failure = status;
    n->first_error = *failure;
    snprintf(n->night->message, sizeof n->night->message, "%s", failure->message);
}

static pqt_status run_timed(struct nightly *n, size_t at)
{
    pqt_error failure = {0};
    const pqt_status status = steps[at].run(n, &failure);
    if (status != PQT_OK) keep_failure(n, status, &failure);
    return status;
}

static void run_step(struct nightly *n, size_t at)
{
    const int64_t started_us = clock_monotonic_us();
    if (steps[at].is_wanted && !steps[at].is_wanted(n)) return;
    n->step = &n->night->steps[n->night->step_count++];
    *n->step =
        (pqa_step){.name = steps[at].name, .was_left_out = n->first_failure != PQT_OK};
    if (!n->step->was_left_out) n->step->status = run_timed(n, at);
    n->step->duration_us = clock_monotonic_us() - started_us;
    if (n->options->on_step) n->options->on_step(n->options->self, n->step);
}

/* 3 where some days or copies were done and others failed, unless the failure is worse.
 */
static int choose_exit_code(const struct nightly *n)
{
    int64_t days = 0, failed = 0;
    for (int i = 0; i < n->night->step_count; i++) {
        days += n->night->steps[i].days;
        failed += n->night->steps[i].days_failed;
    }
    if (n->contradicted) return pqa_exit_code(PQT_CORRUPT);
    if (n->first_failure == PQT_CANCELLED) return pqa_exit_code(PQT_CANCELLED);
    if (days > 0 && failed > 0) return PQA_EXIT_PARTLY;
    if (n->first_failure == PQT_OK && n->night->copies_failed > 0) return PQA_EXIT_PARTLY;
    return pqa_exit_code(n->first_failure);
}

/* --- Telling --- */

/* What is to be done where a night may not write one of its files. */
static void advise(const char *option, pqt_error *failure)
{
    const pqt_error told = *failure;
    if (told.status != PQT_DENIED && told.status != PQT_NOT_FOUND) return;
    error_set(failure, told.status,
              "%s. The folder of --%s must be there and writable to the user that the "
              "night runs as; ReadWritePaths= of a systemd unit must name it too",
              told.message, option);
}

/* A night whose files cannot be written did not go well: somebody relies on them. */
static void keep_file_failure(struct nightly *n, pqt_status status, const char *option,
                              pqt_error *failure)
{
    if (status == PQT_OK || n->first_failure != PQT_OK) return;
    advise(option, failure);
    keep_failure(n, status, failure);
    n->night->exit_code = pqa_exit_code(status);
}

static bool write_metrics(struct nightly *n, int64_t former_success_s)
{
    scan *sc = NULL;
    archive_totals totals;
    pqt_error failure = {0};
    const bool is_read = n->archive && handle_scan(n->archive, &sc, NULL) == PQT_OK &&
                         archive_totals_read(sc, &totals, NULL) == PQT_OK;
    const pqt_status status =
        run_metrics_write(n->options->metrics_file, n->night, former_success_s,
                          is_read ? &totals : NULL, &failure);
    keep_file_failure(n, status, "metrics-file", &failure);
    return status == PQT_OK;
}

static void write_report(struct nightly *n)
{
    pqt_error failure = {0};
    const pqt_status status =
        run_report_append(n->options->report_file, n->night, &failure);
    keep_file_failure(n, status, "report-file", &failure);
}

/* The report's line tells of metrics that failed; of a report that failed the metrics
 * tell, which are written once more then: both have the exit code that the process ends
 * with. */
static void write_files(struct nightly *n)
{
    const pqa_nightly_options *o = n->options;
    const int64_t former_success_s =
        o->metrics_file ? run_metrics_read_success(o->metrics_file) : 0;
    const bool is_measured = o->metrics_file && write_metrics(n, former_success_s);
    const int told = n->night->exit_code;
    if (o->report_file) write_report(n);
    if (is_measured && n->night->exit_code != told) write_metrics(n, former_success_s);
}

/* A monitor that cannot be told sees the night as missing, which is what it is for. */
static void tell_monitor(const struct nightly *n)
{
    const char *url =
        n->night->exit_code == 0 ? n->options->success_url : n->options->failure_url;
    pqt_error failure = {0};
    if (!url) return;
    const char *ca_bundle = n->settings->s3.ca_bundle;
    if (http_ping(url, ca_bundle, &failure) == PQT_OK) return;
    snprintf(n->night->warning, sizeof n->night->warning,
             "the monitor could not be told: %s", failure.message);
}

static void end_night(struct nightly *n, int64_t started_us)
{
    n->night->duration_us = clock_monotonic_us() - started_us;
    n->night->exit_code = choose_exit_code(n);
    write_files(n);
    tell_monitor(n);
}

/* Before anything is done: a monitor that can never be told is a mistake of settings. */
static pqt_status check_addresses(const pqa_nightly_options *o, pqt_error *error)
{
    if (o->success_url) TRY(http_ping_check(o->success_url, "--success-url", error));
    if (o->failure_url) TRY(http_ping_check(o->failure_url, "--failure-url", error));
    return PQT_OK;
}

static void open_archive(struct nightly *n)
{
    pqt_error failure = {0};
    const pqt_status status = pqa_open(n->settings, true, &n->archive, &failure);
    if (status != PQT_OK) keep_failure(n, status, &failure);
}

pqt_status pqa_nightly(const pqa_settings *settings, const pqa_nightly_options *options,
                       pqa_night *out, pqt_error *error)
{
    const int look_back =
        options->look_back_days > 0 ? options->look_back_days : LOOK_BACK_DAYS;
    const int64_t started_us = clock_monotonic_us();
    struct nightly n = {.settings = settings,
                        .options = options,
                        .night = out,
                        .yesterday = clock_today_utc() - 1};
    n.look_back_from = n.yesterday - look_back + 1;
    if (options->copies) n.copies = *options->copies;
    n.copies.callback = take_copy;
    n.copies.self = &n;
    *out = (pqa_night){.started_ms = clock_wall_ms()};
    const pqt_status status = check_addresses(options, error);
    out->exit_code = pqa_exit_code(status);
    TRY(status);
    open_archive(&n);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) run_step(&n, i);
    end_night(&n, started_us);
    pqa_close(n.archive);
    if (n.first_failure != PQT_OK && error) *error = n.first_error;
    return n.first_failure;
}
