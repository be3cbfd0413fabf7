#include "archive/day.h"

#include <stdio.h>

#include "base/date.h"

void archive_sum_add(archive_sum *sum, int32_t view_count, hash128 hash)
{
    sum->row_count++;
    sum->view_count += view_count;
    sum->rows = hash128_add(sum->rows, hash);
}

void archive_sum_join(archive_sum *sum, const archive_sum *other)
{
    sum->row_count += other->row_count;
    sum->view_count += other->view_count;
    sum->rows = hash128_add(sum->rows, other->rows);
}

void archive_sum_take(archive_sum *sum, const archive_sum *other)
{
    sum->row_count -= other->row_count;
    sum->view_count -= other->view_count;
    sum->rows = hash128_subtract(sum->rows, other->rows);
}

bool archive_sum_equal(const archive_sum *a, const archive_sum *b)
{
    return a->row_count == b->row_count && a->view_count == b->view_count &&
           hash128_equal(a->rows, b->rows);
}

archive_sum day_expected(const export_day *d)
{
    archive_sum expected = d->database;
    archive_sum_join(&expected, &d->normalised);
    archive_sum_take(&expected, &d->replaced);
    return expected;
}

pqt_status day_contradict(const export_day *d, int64_t id, const char *what,
                          pqt_error *error)
{
    char date[DATE_TEXT_BYTES];
    date_text(d->date, date);
    return error_set(
        error, PQT_CORRUPT,
        "day %s: the row with id %lld contradicts the archive: %s. Nothing was "
        "changed; was the database restored, or are ids used again?",
        date, (long long)id, what);
}

static pqt_status contradict_views(const export_day *d, const archive_row *ours,
                                   const archive_row *theirs, pqt_error *error)
{
    char what[100];
    snprintf(what, sizeof what, "its views fell from %d to %d", ours->view_count,
             theirs->view_count);
    return day_contradict(d, theirs->id, what, error);
}

/* Rows of both origins with the same id, next to each other in the order. */
static bool are_partners(const archive_row *ours, const archive_row *theirs)
{
    return ours->id == theirs->id && view_equal(ours->path, theirs->path) &&
           ours->status == theirs->status;
}

static pqt_status merge_partners(export_day *d, const archive_row *ours,
                                 const archive_row *theirs, pqt_error *error)
{
    if (ours->project_id != theirs->project_id)
        return day_contradict(d, theirs->id, "its project_id differs", error);
    if (ours->has_version != theirs->has_version ||
        ours->version_id != theirs->version_id)
        return day_contradict(d, theirs->id, "its version_id differs", error);
    if (theirs->view_count < ours->view_count)
        return contradict_views(d, ours, theirs, error);
    if (theirs->view_count > ours->view_count) d->rows_changed++;
    archive_sum_add(&d->replaced, ours->view_count, archive_row_hash_whole(ours));
    return PQT_OK;
}

static void emit(row_batch *out, const archive_row *row, row_origin origin)
{
    row_batch_set(out, out->count++, row, origin);
}

pqt_status day_merge_batch(day_merge *merge, const row_batch *in, row_batch *out,
                           pqt_error *error)
{
    row_batch_clear(out);
    for (size_t i = 0; i < in->count; i++) {
        archive_row row, next;
        row_batch_get(in, i, &row);
        if (in->origins[i] == ORIGIN_DATABASE) {
            merge->day->rows_new++;
            TRY(id_list_add(merge->database_only, row.id, error));
            emit(out, &row, ORIGIN_DATABASE);
            continue;
        }
        const bool has_next = i + 1 < in->count && in->origins[i + 1] == ORIGIN_DATABASE;
        if (has_next) row_batch_get(in, i + 1, &next);
        if (!has_next || !are_partners(&row, &next)) {
            TRY(id_list_add(merge->archived_only, row.id, error));
            emit(out, &row, ORIGIN_ARCHIVE);
            continue;
        }
        TRY(merge_partners(merge->day, &row, &next, error));
        emit(out, &next, ORIGIN_DATABASE);
        i++;
    }
    return PQT_OK;
}

pqt_status day_merge_finish(day_merge *merge, pqt_error *error)
{
    bool found = false;
    int64_t id = 0;
    TRY(id_list_find_common(merge->archived_only, merge->database_only, &found, &id,
                            error));
    TRY(id_list_clear(merge->archived_only, error));
    if (!found) return PQT_OK;
    return day_contradict(merge->day, id,
                          "its project_id, version_id, path or status is another one",
                          error);
}
