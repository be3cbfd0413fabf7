/* PostgreSQL as a source: the connection and what its files share. */
#ifndef SOURCE_POSTGRES_H
#define SOURCE_POSTGRES_H

#include <libpq-fe.h>

#include "source/kind.h"

struct postgres {
    PGconn *connection;
    source_names names;
    arena memory; /* of the names */
    bool in_snapshot;
    slug_map projects;
    slug_map versions;
};

/* Runs SQL whose result has rows; the caller clears it. `parameter` (NULL: none) is $1.
 * The error has the server's words and the status of its SQLSTATE. */
pqt_status postgres_query(struct postgres *pg, const char *sql, const char *parameter,
                          PGresult **out, pqt_error *error);
/* Runs SQL without rows. */
pqt_status postgres_run(struct postgres *pg, const char *sql, pqt_error *error);
/* The error of the connection or the result (NULL: none). */
pqt_status postgres_error(const struct postgres *pg, const PGresult *result,
                          pqt_error *error);

/* "COPY (SELECT ... WHERE date ...) ..." without what is behind the SELECT, appended. */
pqt_status postgres_select(const struct postgres *pg, int32_t since, int32_t until,
                           buffer *out, pqt_error *error);

/* Looks whether the tables and columns are there, of usable types and readable. */
pqt_status postgres_check_schema(struct postgres *pg, pqt_error *error);
/* Whether the id alone is unique, by an index that is valid. */
pqt_status postgres_id_is_unique(struct postgres *pg, bool *unique, pqt_error *error);

void postgres_diagnose(void *self, int32_t day, source_finding_callback callback,
                       void *callback_self);

#endif
