#include "archive/day.h"

#include <stdio.h>

#include "base/date.h"
#include "table/made_id.h"

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

/* The rows of both origins that are one. */
struct pair {
    archive_row archived, database;
};

/* Rows of both origins with the same id, next to each other in the order; or one of them
 * has an id that was made. */
static bool are_partners(const struct pair *p)
{
    if (p->archived.id == p->database.id)
        return view_equal(p->archived.path, p->database.path) &&
               p->archived.status == p->database.status;
    return id_is_made(p->archived.id) != id_is_made(p->database.id) &&
           archive_row_key_equal(&p->archived, &p->database);
}

static bool find_pair(const row_batch *in, size_t at, struct pair *out)
{
    if (at + 1 >= in->count || in->origins[at] == in->origins[at + 1]) return false;
    const bool is_archived = in->origins[at] == ORIGIN_ARCHIVE;
    row_batch_get(in, at, is_archived ? &out->archived : &out->database);
    row_batch_get(in, at + 1, is_archived ? &out->database : &out->archived);
    return are_partners(out);
}

/* What is kept of a pair where that is not just the database's row: an earlier export's
 * is taken only where it has more views, and an id only where it is a real one. */
static void choose(export_day *d, const struct pair *p, archive_row *kept)
{
    const archive_row *ours = &p->archived, *theirs = &p->database;
    archive_sum sum = {0};
    if (theirs->view_count <= ours->view_count) *kept = *ours;
    const archive_row *other = theirs->view_count <= ours->view_count ? theirs : ours;
    if (id_is_made(kept->id)) kept->id = other->id;
    if (!kept->has_full_path && other->has_full_path) {
        kept->has_full_path = true;
        kept->full_path = other->full_path;
    }
    archive_sum_add(&d->replaced, theirs->view_count, archive_row_hash_whole(theirs));
    archive_sum_add(&sum, kept->view_count, archive_row_hash_whole(kept));
    archive_sum_take(&d->replaced, &sum);
}

static pqt_status merge_pair(day_merge *merge, const struct pair *p, archive_row *kept,
                             pqt_error *error)
{
    export_day *d = merge->day;
    const archive_row *ours = &p->archived, *theirs = &p->database;
    if (ours->project_id != theirs->project_id)
        return day_contradict(d, theirs->id, "its project_id differs", error);
    if (ours->has_version != theirs->has_version ||
        ours->version_id != theirs->version_id)
        return day_contradict(d, theirs->id, "its version_id differs", error);
    if (theirs->view_count < ours->view_count && !d->is_earlier)
        return contradict_views(d, ours, theirs, error);
    archive_sum_add(&d->replaced, ours->view_count, archive_row_hash_whole(ours));
    *kept = *theirs;
    if (d->is_earlier || id_is_made(theirs->id)) choose(d, p, kept);
    if (kept->view_count > ours->view_count) d->rows_changed++;
    if (kept->id == ours->id) return PQT_OK;
    return id_list_add(merge->database_only, kept->id, error);
}

/* Rows that differ in nothing but that the id of one was made would be counted twice. */
static pqt_status check_lonely(export_day *d, const archive_row *row, row_origin origin,
                               pqt_error *error)
{
    struct lonely_rows *l = &d->lonely;
    if (!d->has_made_ids) return PQT_OK;
    const uint64_t key = archive_row_key_hash(row);
    if (!l->any || l->key != key) *l = (struct lonely_rows){.any = true, .key = key};
    if (id_is_made(row->id))
        l->made[origin] = true;
    else
        l->given[origin] = true;
    if ((!l->made[0] || !l->given[1]) && (!l->made[1] || !l->given[0])) return PQT_OK;
    return day_contradict(d, row->id,
                          "several rows agree in project, version, path and status, and "
                          "not all have an id: which are the same cannot be told",
                          error);
}

static void emit(row_batch *out, const archive_row *row, row_origin origin)
{
    row_batch_set(out, out->count++, row, origin);
}

static pqt_status keep_lonely(day_merge *merge, const archive_row *row, row_origin origin,
                              pqt_error *error)
{
    const bool is_new = origin == ORIGIN_DATABASE;
    TRY(check_lonely(merge->day, row, origin, error));
    merge->day->rows_new += is_new;
    return id_list_add(is_new ? merge->database_only : merge->archived_only, row->id,
                       error);
}

pqt_status day_merge_batch(day_merge *merge, const row_batch *in, row_batch *out,
                           pqt_error *error)
{
    row_batch_clear(out);
    for (size_t i = 0; i < in->count; i++) {
        archive_row row;
        struct pair pair;
        row_origin origin = ORIGIN_DATABASE;
        if (find_pair(in, i, &pair)) {
            TRY(merge_pair(merge, &pair, &row, error));
            i++;
        } else {
            origin = (row_origin)in->origins[i];
            row_batch_get(in, i, &row);
            TRY(keep_lonely(merge, &row, origin, error));
        }
        emit(out, &row, origin);
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
