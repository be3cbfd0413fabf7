#include <stdio.h>

#include "api/handle.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/text.h"
#include "table/covered.h"

enum {
    BYTES_A_ROW = 16,
    SMALLEST_DAY_BYTES = 64 << 10, /* a file's footer, and the log */
    SPARE_FACTOR = 4
};

struct examination {
    pqa_settings settings;
    arena memory;
    pqa_finding_callback callback;
    void *self;
    pqt_status worst; /* the first problem's */
    int64_t day_rows; /* about; -1: not known */
    bool knows_oldest;
    int32_t oldest_day; /* of the database's rows */
};

static void tell(struct examination *e, pqa_finding level, const char *subject,
                 const char *text)
{
    if (e->callback) e->callback(e->self, level, subject, text);
}

static void tell_problem(struct examination *e, const char *subject, pqt_status status,
                         const pqt_error *error)
{
    if (e->worst == PQT_OK) e->worst = status;
    tell(e, PQA_FINDING_PROBLEM, subject, error->message);
}

/* --- The database --- */

static void pass_finding(void *self, source_finding_level level, const char *subject,
                         const char *text)
{
    static const pqa_finding levels[] = {[SOURCE_FINDING_OK] = PQA_FINDING_OK,
                                         [SOURCE_FINDING_ADVICE] = PQA_FINDING_ADVICE,
                                         [SOURCE_FINDING_PROBLEM] = PQA_FINDING_PROBLEM};
    struct examination *e = self;
    if (level == SOURCE_FINDING_PROBLEM && e->worst == PQT_OK) e->worst = PQT_IO;
    tell(e, levels[level], subject, text);
}

/* Where there is an index on the dates, which their first one is quick with. */
static void find_oldest(struct examination *e, source *from)
{
    int32_t last;
    bool is_empty;
    e->knows_oldest =
        source_date_range(from, &e->oldest_day, &last, &is_empty, NULL) == PQT_OK &&
        !is_empty;
}

static void estimate_day(struct examination *e, source *from, int32_t day)
{
    source_estimate estimate;
    e->day_rows = -1;
    if (source_begin(from, NULL) != PQT_OK) return;
    if (source_estimate_read(from, day, day, &estimate, NULL) == PQT_OK) {
        e->day_rows = estimate.rows;
        if (!estimate.is_scan) find_oldest(e, from);
    }
    (void)source_end(from, NULL);
}

static void examine_database(struct examination *e)
{
    source *from = NULL;
    pqt_error error = {0};
    const int32_t day = clock_today_utc() - 1;
    const pqt_status status = settings_open_source(&e->settings, &from, &error);
    if (status != PQT_OK) {
        tell_problem(e, "database", status, &error);
        return;
    }
    source_diagnose(from, day, pass_finding, e);
    estimate_day(e, from, day);
    source_close(from);
}

/* Only where a database to delete from is named: most users read only. */
static void examine_deletion(struct examination *e)
{
    source *from = NULL;
    pqt_error error = {0};
    if (!e->settings.delete_db) return;
    tell(e, PQA_FINDING_OK, "deletion", "the database of --delete-db:");
    const pqt_status status = settings_open_delete_source(&e->settings, &from, &error);
    if (status != PQT_OK) {
        tell_problem(e, "deletion", status, &error);
        return;
    }
    source_diagnose_delete(from, pass_finding, e);
    source_close(from);
}

/* --- The store --- */

static void tell_space(struct examination *e, store *s)
{
    uint64_t free_bytes = 0;
    pqt_error error = {0};
    char text[200], is_free[SHORT_TEXT_BYTES], needed[SHORT_TEXT_BYTES];
    const pqt_status status = store_free_bytes(s, &free_bytes, &error);
    if (status != PQT_OK) {
        tell_problem(e, "free space", status, &error);
        return;
    }
    if (free_bytes == UINT64_MAX) return;
    const uint64_t day =
        SMALLEST_DAY_BYTES + (e->day_rows > 0 ? (uint64_t)e->day_rows * BYTES_A_ROW : 0);
    text_bytes(free_bytes < INT64_MAX ? (int64_t)free_bytes : INT64_MAX, is_free);
    text_bytes((int64_t)day, needed);
    snprintf(text, sizeof text, "%s free; a day needs about %s", is_free, needed);
    if (free_bytes < day) {
        error_set(&error, PQT_IO, "%s", text);
        tell_problem(e, "free space", PQT_IO, &error);
    } else
        tell(e, free_bytes < day * SPARE_FACTOR ? PQA_FINDING_ADVICE : PQA_FINDING_OK,
             "free space", text);
}

/* A night makes up for days behind the archive's first one, and deletes no others. */
static void tell_older(struct examination *e, int32_t first_day)
{
    char text[300], oldest[DATE_TEXT_BYTES], first[DATE_TEXT_BYTES];
    if (!e->knows_oldest || e->oldest_day >= first_day) return;
    date_text(e->oldest_day, oldest);
    date_text(first_day, first);
    snprintf(
        text, sizeof text,
        "the database has rows of %s, and the archive begins with %s: no night exports "
        "or deletes what is older; pqa backfill --since %s does",
        oldest, first, oldest);
    tell(e, PQA_FINDING_ADVICE, "older rows", text);
}

static void tell_days(struct examination *e, store *s)
{
    delta_snapshot *snapshot = NULL;
    pqt_error error = {0};
    const pqt_status status = delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error);
    if (status == PQT_NOT_FOUND) {
        tell(e, PQA_FINDING_OK, "archive", "empty: pqa backfill --days 90 fills it");
        return;
    }
    if (status != PQT_OK) {
        tell_problem(e, "archive", status, &error);
        return;
    }
    covered days = {0};
    char text[200], have[SHORT_TEXT_BYTES], lack[SHORT_TEXT_BYTES];
    if (covered_parse(delta_configuration(snapshot, KEY_COVERED), &days, &error) !=
        PQT_OK) {
        tell_problem(e, "archive", PQT_CORRUPT, &error);
    } else if (days.count > 0) {
        const int64_t missing =
            covered_missing(&days, days.ranges[0].first, clock_today_utc() - 1);
        text_count(covered_days(&days), have);
        text_count(missing, lack);
        snprintf(text, sizeof text, "%s day%s covered, %s missing since", have,
                 covered_days(&days) == 1 ? "" : "s", lack);
        tell(e, missing ? PQA_FINDING_ADVICE : PQA_FINDING_OK, "archive", text);
        tell_older(e, days.ranges[0].first);
    }
    covered_free(&days);
    delta_snapshot_free(snapshot);
}

/* What is told already is not said again. */
static void tell_writing(struct examination *e, store *s, const char *told)
{
    void *lock = NULL;
    pqt_error error = {0};
    pqt_status status = store_probe_write(s, &error);
    if (status == PQT_OK) status = store_lock(s, "writer", &lock, &error);
    store_unlock(s, lock);
    if (status != PQT_OK && strcmp(error.message, told) == 0) return;
    if (status == PQT_BUSY)
        tell(e, PQA_FINDING_ADVICE, "writing", error.message);
    else if (status != PQT_OK)
        tell_problem(e, "writing", status, &error);
    else
        tell(e, PQA_FINDING_OK, "writing", "objects can be put, and nobody else writes");
}

static void pass_store_finding(void *self, store_finding level, const char *subject,
                               const char *text)
{
    static const pqa_finding levels[] = {[STORE_FINDING_OK] = PQA_FINDING_OK,
                                         [STORE_FINDING_ADVICE] = PQA_FINDING_ADVICE,
                                         [STORE_FINDING_PROBLEM] = PQA_FINDING_PROBLEM};
    struct examination *e = self;
    if (level == STORE_FINDING_PROBLEM && e->worst == PQT_OK) e->worst = PQT_IO;
    tell(e, levels[level], subject, text);
}

static pqt_status pass_over(void *self, const store_entry *entry, pqt_error *error)
{
    (void)self, (void)entry, (void)error;
    return PQT_OK;
}

/* A bucket that is not there, and one that may not be read, have no archive either. The
 * prefix is of one object at most. */
static pqt_status check_reach(store *s, pqt_error *error)
{
    return store_list(s, ARCHIVE_ROOT "/_delta_log/_last_checkpoint", NULL, pass_over,
                      NULL, error);
}

static void examine_store(struct examination *e)
{
    store *s = NULL;
    pqt_error error = {0};
    pqt_status status = PQT_NOT_FOUND;
    if (e->settings.store)
        status = settings_open_store(&e->settings, false, &s, &error);
    else
        error_set(&error, status, "no store is set: say --store DIRECTORY");
    if (status == PQT_OK) status = check_reach(s, &error);
    if (status != PQT_OK) {
        tell_problem(e, "store", status, &error);
        if (s && status == PQT_DENIED) tell_writing(e, s, error.message);
        store_close(s);
        return;
    }
    tell(e, PQA_FINDING_OK, "store", s->name);
    tell_writing(e, s, "");
    tell_space(e, s);
    store_diagnose(s, pass_store_finding, e);
    tell_days(e, s);
    store_close(s);
}

pqt_status pqa_doctor(const pqa_settings *settings, pqa_finding_callback callback,
                      void *self, pqt_error *error)
{
    struct examination e = {.callback = callback, .self = self, .day_rows = -1};
    const pqt_status status = settings_complete(settings, &e.memory, &e.settings, error);
    if (status == PQT_OK) {
        examine_database(&e);
        examine_deletion(&e);
        examine_store(&e);
    }
    arena_free(&e.memory);
    TRY(status);
    if (e.worst == PQT_OK) return PQT_OK;
    return error_set(error, e.worst, "there are problems; see above");
}
