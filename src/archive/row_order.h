/*
 * The order of interned rows, by ranks: texts are compared once a path and version, rows
 * are then ordered by numbers.
 */
#ifndef ARCHIVE_ROW_ORDER_H
#define ARCHIVE_ROW_ORDER_H

#include "archive/interner.h"
#include "base/thread_pool.h"

/* Equal things have equal ranks: paths by project slug and bytes, shapes by version slug,
 * status and the upper half of the id. */
struct row_ranks {
    uint32_t *paths;
    uint32_t path_rank_count;
    uint32_t *shapes;
};

/* Memory: 16 bytes a path while it works, 4 bytes a path and a shape then. The caller
 * frees. */
pqt_status row_ranks_make(const interner *in, thread_pool *pool, struct row_ranks *out,
                          pqt_error *error);
void row_ranks_free(struct row_ranks *ranks);

/* The days of rows, as days since the first; `days` NULL: all the same. */
struct row_days {
    const uint16_t *days;
    uint32_t count; /* of different days, at most */
};

/* The rows' numbers in order of date, path rank, shape rank, id, and then as they stand.
 * Memory: 4 bytes a row; while it works 4 bytes a path, and 4 bytes a row more where
 * there are several dates. The
 * caller frees with alloc_release. */
pqt_status row_order_make(const struct stored_row *rows, size_t count,
                          const struct row_ranks *ranks, const struct row_days *days,
                          thread_pool *pool, uint32_t **out, pqt_error *error);

#endif
