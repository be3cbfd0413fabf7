/*
 * Ids of rows that came without one (files of other programs). They lie where no
 * database's do, and are made of what the site's unique index is over, so that the same
 * row gets the same id again. Such a row is told from others by that, not by its id.
 */
#ifndef TABLE_MADE_ID_H
#define TABLE_MADE_ID_H

#include <stdbool.h>

#include "table/row.h"

/* Below them no row of a database is. */
#define MADE_ID_LIMIT (INT64_MIN / 2)

static inline bool id_is_made(int64_t id)
{
    return id < MADE_ID_LIMIT;
}

/* A hash of project, version, path, status and date. */
uint64_t archive_row_key_hash(const archive_row *row);

/* The id of the row, the `ordinal`th (from 0, below 2^31) of its key; later ones have
 * smaller ids, so that the first stands next to a row with a real id in the order. */
int64_t made_id(const archive_row *row, int32_t ordinal);

/* Whether two rows agree in project, version, path, status and date. */
bool archive_row_key_equal(const archive_row *a, const archive_row *b);

#endif
