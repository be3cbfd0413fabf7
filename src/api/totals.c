#include "api/totals.h"

#include <stdlib.h>

#include "base/clock.h"
#include "table/covered.h"

static void add_file(const delta_file *entry, const scan_file *file, archive_totals *t)
{
    const char *views = delta_tag(entry, TAG_VIEW_COUNT);
    if (entry->row_count > 0) t->rows += entry->row_count;
    if (views) t->views += strtoll(views, NULL, 10);
    t->size_bytes += entry->size_bytes;
    if (!file->has_dates) return;
    if (!t->has_newest_day || file->last_date > t->newest_day)
        t->newest_day = file->last_date;
    t->has_newest_day = true;
}

/* Days without a file are covered too, where the database had no rows of them. */
static pqt_status read_coverage(const scan *sc, archive_totals *t, pqt_error *error)
{
    covered days = {0};
    const char *text = delta_configuration(sc->snapshot, KEY_COVERED);
    TRY(covered_parse(text, &days, error));
    t->covered = text ? text : "";
    t->days = covered_days(&days);
    if (days.count > 0)
        t->days_missing =
            covered_missing(&days, days.ranges[0].first, clock_today_utc() - 1);
    covered_free(&days);
    return PQT_OK;
}

/* What a day takes, of late; a file of many days counts by its days. */
static void add_recent(const delta_file *entry, const scan_file *file, archive_totals *t)
{
    const int32_t since = t->newest_day - RECENT_DAYS + 1;
    if (!file->has_dates || file->last_date < since) return;
    const int64_t days = (int64_t)file->last_date - file->first_date + 1;
    const int32_t first = file->first_date > since ? file->first_date : since;
    const int64_t recent = (int64_t)file->last_date - first + 1;
    t->recent_bytes +=
        (uint64_t)((double)entry->size_bytes * (double)recent / (double)days);
    if (t->newest_day - first + 1 > t->recent_days)
        t->recent_days = t->newest_day - first + 1;
}

pqt_status archive_totals_read(const scan *sc, archive_totals *out, pqt_error *error)
{
    archive_totals t = {.file_count = sc->snapshot->file_count};
    for (int32_t i = 0; i < t.file_count; i++)
        add_file(&sc->snapshot->files[i], sc->files[i], &t);
    for (int32_t i = 0; i < t.file_count; i++)
        add_recent(&sc->snapshot->files[i], sc->files[i], &t);
    TRY(read_coverage(sc, &t, error));
    *out = t;
    return PQT_OK;
}
