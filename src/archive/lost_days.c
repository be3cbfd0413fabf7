#include "archive/lost_days.h"

#include "archive/archive_table.h"
#include "archive/file_check.h"

static pqt_status count_files(const pass *p, int32_t first, int32_t last,
                              archive_sum *out, pqt_error *error)
{
    const archive_sum unknown = {0};
    for (int32_t i = 0; i < p->base->file_count; i++) {
        const delta_file *file = &p->base->files[i];
        archive_sum sum = {0};
        if (file->row_count == 0 || !file_touches(file, first, last)) continue;
        TRY(file_expected_sum(file, &unknown, &sum, error));
        archive_sum_join(out, &sum);
    }
    return PQT_OK;
}

pqt_status lost_days_check(const pass *p, int32_t first, int32_t last, bool accept_loss,
                           pqt_error *error)
{
    archive_sum had = {0}, has = {0};
    TRY(count_files(p, first, last, &had, error));
    for (int32_t date = first; date <= last; date++)
        archive_sum_join(&has, &p->days[date - p->first].database);
    const bool has_all =
        has.row_count >= had.row_count && has.view_count >= had.view_count;
    if (has_all || (accept_loss && has.row_count > 0)) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT,
        "the database has %lld rows with %lld views, and what cannot be read "
        "had %lld with %lld%s",
        (long long)has.row_count, (long long)has.view_count, (long long)had.row_count,
        (long long)had.view_count,
        has.row_count > 0 ? ". To go on with the database's, say --yes" : "");
}
