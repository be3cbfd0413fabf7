/*
 * One day of an export: what the database and the archive hold of it, and what their
 * merge must add up to.
 */
#ifndef ARCHIVE_DAY_H
#define ARCHIVE_DAY_H

#include "archive/id_list.h"
#include "archive/row_batch.h"

typedef struct export_day {
    int32_t date;
    bool is_wanted; /* asked for; others only share a file with one that is */
    bool is_lost;   /* its files cannot be read: the database's rows replace them */
    archive_sum database;
    archive_sum archived;   /* as the files have it */
    archive_sum normalised; /* with the slugs of now */
    archive_sum replaced;   /* of rows on both sides, what is not kept of them */
    int64_t lowest_id;      /* of the database's rows, ids that were made left out; */
    int64_t highest_id;     /* lowest > highest: there are none */
    int64_t rows_changed;
    int64_t rows_new;
    bool has_archived;
    bool has_made_ids; /* on either side */
    bool is_earlier;   /* the database's rows are an earlier export's: fewer views are no
                          contradiction, the archive's are kept */
    bool has_open_group; /* whose rows may go on in the next batch, and some made ids */
    uint64_t open_group;
} export_day;

/* Adds a row's hash and counts to a sum; subtracting takes them off. */
void archive_sum_add(archive_sum *sum, int32_t view_count, hash128 hash);
void archive_sum_join(archive_sum *sum, const archive_sum *other);
void archive_sum_take(archive_sum *sum, const archive_sum *other);
bool archive_sum_equal(const archive_sum *a, const archive_sum *b);

/* The rows of both sides, as a sorter gives them. */
static inline int64_t day_rows(const export_day *d)
{
    return d->database.row_count + d->archived.row_count;
}

/* What the merge must add up to: database + archived - those in both. */
archive_sum day_expected(const export_day *d);

/* CORRUPT: the row of the database with that id contradicts the archive. */
pqt_status day_contradict(const export_day *d, int64_t id, const char *what,
                          pqt_error *error);

/* Merges a day's rows by id. */
typedef struct day_merge {
    export_day *day;
    id_list *archived_only; /* ids without a partner, to be compared at the end */
    id_list *database_only;
    int64_t contradicting_id; /* that day_merge_finish found, */
    bool has_contradicting_id;
} day_merge;

/*
 * Merges a sorted batch of both origins into `out` (which then shows the texts of `in`).
 * An id in both must agree, and its views may only have grown; the database's row is
 * taken. A row whose id was made (made_id.h) and one of the other side that agrees in
 * project, version, path and status are one, which has the real id. CORRUPT, naming the
 * id, where they do not agree; LIMIT where such rows are in two batches.
 */
pqt_status day_merge_batch(day_merge *merge, const row_batch *in, row_batch *out,
                           pqt_error *error);

/* After the last batch: CORRUPT where an id is in both but did not meet its partner,
 * because another column than views and slugs differs (contradiction_explain says which).
 * Empties the archive's list; the database's keeps the ids that are new. */
pqt_status day_merge_finish(day_merge *merge, pqt_error *error);

#endif
