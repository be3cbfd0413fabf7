/*
 * A row of the archive, and the table that holds it: the columns, their order in the
 * file, the order of rows, and the hash by which a set of rows is compared before and
 * after.
 */
#ifndef TABLE_ROW_H
#define TABLE_ROW_H

#include "base/hash.h"
#include "delta/delta.h"

/* The table's root in the store. */
#define ARCHIVE_ROOT "analytics/pageviews"
/* Version of the columns and their meaning, in the table's configuration. */
#define ARCHIVE_FORMAT "1"

enum archive_column {
    COLUMN_ID,
    COLUMN_PROJECT_ID,
    COLUMN_PROJECT_SLUG,
    COLUMN_VERSION_ID,
    COLUMN_VERSION_SLUG,
    COLUMN_PATH,
    COLUMN_FULL_PATH,
    COLUMN_VIEW_COUNT,
    COLUMN_DATE,
    COLUMN_STATUS,
    COLUMN_COUNT
};

/* Name and type of each column; the Parquet options and Delta's schema come from here. */
extern const delta_column archive_columns[COLUMN_COUNT];

typedef struct archive_row {
    int64_t id;
    int32_t project_id;
    int32_t version_id; /* 0 unless has_version */
    int32_t view_count;
    int32_t date;
    int16_t status;
    bool has_version; /* version_id is not null */
    bool has_version_slug;
    bool has_full_path;
    pqt_view project_slug;
    pqt_view version_slug;
    pqt_view path;
    pqt_view full_path;
} archive_row;

/* The order of rows: date's file first, then as in the file: project_slug, path,
 * version_slug, status, date, id; bytewise, nulls first. */
int archive_row_compare(const archive_row *a, const archive_row *b);
/* The order within a file, also one of several days: the date counts behind status. */
int archive_row_compare_in_file(const archive_row *a, const archive_row *b);

/* A row's hash over all ten columns; text_hashes of the four byte columns are
 * hash_bytes64, so that equal neighbours hash once. */
typedef struct archive_text_hashes {
    uint64_t project_slug;
    uint64_t version_slug;
    uint64_t path;
    uint64_t full_path;
} archive_text_hashes;
hash128 archive_row_hash(const archive_row *row, const archive_text_hashes *texts);
hash128 archive_row_hash_whole(const archive_row *row);

/* Hashes rows one after the other; a text that stays where it is is hashed once. All zero
 * to begin; to be begun again where the memory of the texts is used again. */
typedef struct row_hasher {
    archive_row last;
    archive_text_hashes hashes;
    bool has_last;
} row_hasher;
hash128 row_hasher_hash(row_hasher *h, const archive_row *row);

/* What is known of a set of rows whatever their order: compared at every step. */
typedef struct archive_sum {
    int64_t row_count;
    int64_t view_count; /* sum; cannot overflow for < 2^32 rows of int32 */
    hash128 rows;
} archive_sum;

/* Tags of an add in the log. */
#define TAG_SHA256     "pqa.sha256"
#define TAG_ROW_HASH   "pqa.rowHash"
#define TAG_VIEW_COUNT "pqa.viewCount"
#define TAG_TAIL_BYTES "pqa.tailBytes"

/* Keys of the table's configuration. */
#define KEY_FORMAT        "pqa.format"
#define KEY_SOURCE        "pqa.source"
#define KEY_COVERED       "pqa.covered"
#define KEY_PRUNED_BEFORE "pqa.prunedBefore"
/* What undoing the last prune needs; "" where it was undone. */
#define KEY_LAST_PRUNE "pqa.lastPrune"
/* The version that the last forgetting stood on: what was read before it is not committed
 * after it, since its objects may be gone. */
#define KEY_LAST_FORGET "pqa.lastForget"

#endif
