#include "archive/day.h"

#include <stdio.h>

#include "archive/contradiction.h"
#include "base/alloc.h"
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
        "day %s: the row with id %lld contradicts the archive: %s. Nothing of "
        "this day was changed; was the database restored, or are ids used again?",
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

/* Whether rows of both origins, next to each other in the order, have the same id. */
static bool are_partners(const row_batch *in, size_t at)
{
    return at + 1 < in->count && in->origins[at] == ORIGIN_ARCHIVE &&
           in->origins[at + 1] == ORIGIN_DATABASE && in->ids[at] == in->ids[at + 1] &&
           view_equal(in->paths[at], in->paths[at + 1]) &&
           in->statuses[at] == in->statuses[at + 1];
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

static pqt_status contradict_columns(const export_day *d, const struct pair *p,
                                     pqt_error *error)
{
    buffer words = {0};
    pqt_status status = contradiction_write(&p->archived, &p->database, &words, error);
    if (status == PQT_OK) status = buffer_append_u8(&words, 0, error);
    if (status == PQT_OK)
        status = day_contradict(d, p->database.id, (const char *)words.data, error);
    buffer_free(&words);
    return status;
}

static pqt_status merge_pair(day_merge *merge, const struct pair *p, archive_row *kept,
                             pqt_error *error)
{
    export_day *d = merge->day;
    const archive_row *ours = &p->archived, *theirs = &p->database;
    if (ours->project_id != theirs->project_id ||
        ours->has_version != theirs->has_version ||
        ours->version_id != theirs->version_id)
        return contradict_columns(d, p, error);
    if (theirs->view_count < ours->view_count && !d->is_earlier)
        return contradict_views(d, ours, theirs, error);
    archive_sum_add(&d->replaced, ours->view_count, archive_row_hash_whole(ours));
    *kept = *theirs;
    if (d->is_earlier || id_is_made(theirs->id)) choose(d, p, kept);
    if (kept->view_count > ours->view_count) d->rows_changed++;
    if (kept->id == ours->id) return PQT_OK;
    return id_list_add(merge->database_only, kept->id, error);
}

static void emit(row_batch *out, const archive_row *row, row_origin origin)
{
    row_batch_set(out, out->count++, row, origin);
}

static pqt_status emit_lonely(day_merge *merge, const row_batch *in, size_t at,
                              row_batch *out, pqt_error *error)
{
    archive_row row;
    const row_origin origin = (row_origin)in->origins[at];
    const bool is_new = origin == ORIGIN_DATABASE;
    row_batch_get(in, at, &row);
    emit(out, &row, origin);
    merge->day->rows_new += is_new;
    return id_list_add(is_new ? merge->database_only : merge->archived_only, row.id,
                       error);
}

static pqt_status emit_pair(day_merge *merge, const row_batch *in, size_t archived,
                            size_t database, row_batch *out, pqt_error *error)
{
    archive_row kept;
    struct pair pair;
    row_batch_get(in, archived, &pair.archived);
    row_batch_get(in, database, &pair.database);
    TRY(merge_pair(merge, &pair, &kept, error));
    emit(out, &kept, ORIGIN_DATABASE);
    return PQT_OK;
}

/* --- Rows whose ids were made --- */

/* Rows of a group agree in all that comes before the id in the order; not always in what
 * makes them one: versions without a slug stand together, projects too. */
static bool same_group(const row_batch *in, size_t a, size_t b)
{
    archive_row left, right;
    row_batch_get(in, a, &left);
    row_batch_get(in, b, &right);
    left.id = right.id;
    return archive_row_compare(&left, &right) == 0;
}

static uint64_t hash_group(const row_batch *in, size_t at)
{
    archive_row row;
    row_batch_get(in, at, &row);
    const uint64_t parts[] = {
        hash_bytes64(row.project_slug.data, row.project_slug.size_bytes),
        hash_bytes64(row.path.data, row.path.size_bytes),
        hash_bytes64(row.version_slug.data, row.version_slug.size_bytes),
        (uint64_t)(uint16_t)row.status << 1 | (uint64_t)row.has_version_slug};
    return hash_bytes64(parts, sizeof parts);
}

/* For a row whose id was made: the first of the others that it is one with. */
static void find_partner(const row_batch *in, size_t at, size_t end, uint32_t *partners)
{
    archive_row row, other;
    row_batch_get(in, at, &row);
    for (size_t i = at + 1; i < end; i++) {
        if (partners[i] || id_is_made(in->ids[i]) || in->origins[i] == in->origins[at])
            continue;
        row_batch_get(in, i, &other);
        if (!archive_row_key_equal(&row, &other)) continue;
        partners[at] = (uint32_t)i + 1;
        partners[i] = (uint32_t)at + 1;
        return;
    }
}

/* Finds the partners of a group's rows: their places, from 1; 0: none. Made ids come
 * first in the order. */
static void pair_group(const row_batch *in, size_t start, size_t end, uint32_t *partners)
{
    for (size_t i = start; i + 1 < end; i++) {
        if (partners[i] || !are_partners(in, i)) continue;
        partners[i] = (uint32_t)i + 2;
        partners[i + 1] = (uint32_t)i + 1;
    }
    for (size_t i = start; i < end && id_is_made(in->ids[i]); i++)
        if (!partners[i]) find_partner(in, i, end, partners);
}

/* A group must be in one batch, or rows would be taken for two. */
static pqt_status begin_batch(export_day *d, const row_batch *in, pqt_error *error)
{
    const bool goes_on =
        d->has_open_group && in->count > 0 && hash_group(in, 0) == d->open_group;
    d->has_open_group = false;
    if (!goes_on) return PQT_OK;
    return error_set(error, PQT_LIMIT,
                     "too many rows agree in project, path and version slug, and some "
                     "have no id of a database (the path begins '%.*s')",
                     in->paths[0].size_bytes < 60 ? (int)in->paths[0].size_bytes : 60,
                     (const char *)in->paths[0].data);
}

static void pair_all(export_day *d, const row_batch *in, uint32_t *partners)
{
    for (size_t start = 0, end; start < in->count; start = end) {
        end = start + 1;
        while (end < in->count && same_group(in, start, end)) end++;
        pair_group(in, start, end, partners);
        d->has_open_group = end == in->count && id_is_made(in->ids[start]);
        if (d->has_open_group) d->open_group = hash_group(in, start);
    }
}

/* A pair is given out where the later of its rows stands: the one with the real id. */
static pqt_status merge_with_made(day_merge *merge, const row_batch *in, row_batch *out,
                                  pqt_error *error)
{
    pqt_status status = begin_batch(merge->day, in, error);
    uint32_t *partners = alloc_zeroed(NULL, in->count, sizeof *partners);
    if (!partners) return error_no_memory(error, in->count * sizeof *partners);
    if (status == PQT_OK) pair_all(merge->day, in, partners);
    for (size_t i = 0; i < in->count && status == PQT_OK; i++) {
        const size_t other = (size_t)partners[i] - 1;
        const bool is_archived = in->origins[i] == ORIGIN_ARCHIVE;
        if (partners[i] == 0)
            status = emit_lonely(merge, in, i, out, error);
        else if (other < i)
            status = emit_pair(merge, in, is_archived ? i : other,
                               is_archived ? other : i, out, error);
    }
    alloc_release(NULL, partners);
    return status;
}

/* --- A batch --- */

pqt_status day_merge_batch(day_merge *merge, const row_batch *in, row_batch *out,
                           pqt_error *error)
{
    row_batch_clear(out);
    if (merge->day->has_made_ids) return merge_with_made(merge, in, out, error);
    for (size_t i = 0; i < in->count; i++) {
        if (are_partners(in, i)) {
            TRY(emit_pair(merge, in, i, i + 1, out, error));
            i++;
        } else {
            TRY(emit_lonely(merge, in, i, out, error));
        }
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
    merge->has_contradicting_id = found;
    merge->contradicting_id = id;
    if (!found) return PQT_OK;
    return day_contradict(merge->day, id,
                          "its project_id, version_id, path or status is another one",
                          error);
}
