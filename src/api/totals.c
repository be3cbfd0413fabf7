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

pqt_status archive_totals_read(const scan *sc, archive_totals *out, pqt_error *error)
{
    archive_totals t = {.file_count = sc->snapshot->file_count};
    for (int32_t i = 0; i < t.file_count; i++)
        add_file(&sc->snapshot->files[i], sc->files[i], &t);
    TRY(read_coverage(sc, &t, error));
    *out = t;
    return PQT_OK;
}
