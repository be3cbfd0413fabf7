/* What the kinds of source have in common: opening, names and slugs. */
#ifndef SOURCE_KIND_H
#define SOURCE_KIND_H

#include "base/arena.h"
#include "source/source.h"

/* Each opens its kind; `options` has all names filled in and must be copied. */
pqt_status source_open_postgres(const char *url, const source_options *options,
                                source **out, pqt_error *error);
pqt_status source_open_sqlite(const char *url, const source_options *options,
                              source **out, pqt_error *error);

/* Makes the source from a kind's state, which it takes over, also on failure. */
pqt_status source_make(const struct source_functions *functions, void *self,
                       const char *name, source **out, pqt_error *error);

/* Sets the identity's text; one that is too long keeps its beginning and gets the SHA-256
 * of the whole behind it, so that different ones stay different. */
pqt_status identity_set_text(source_identity *identity, pqt_error *error,
                             const char *format, ...) PQT_PRINTF(3, 4);

/* A copy of the names with Read the Docs' where there is none. */
pqt_status names_complete(const source_names *given, arena *memory, source_names *out,
                          pqt_error *error);

/* Appends the name quoted for SQL: "schema"."table", every '"' doubled. */
pqt_status names_quote(const char *name, buffer *out, pqt_error *error);
/* The advice of an index on the date, with the statement that makes it, which begins with
 * `create`; appended with its end. */
pqt_status names_advise_index(const source_names *names, const char *create, buffer *out,
                              pqt_error *error);

/* The eight columns of page views in the order in which they are read. */
enum source_column {
    SOURCE_ID,
    SOURCE_PROJECT_ID,
    SOURCE_VERSION_ID,
    SOURCE_PATH,
    SOURCE_FULL_PATH,
    SOURCE_VIEW_COUNT,
    SOURCE_DATE,
    SOURCE_STATUS,
    SOURCE_COLUMN_COUNT
};
const char *names_column(const source_names *names, enum source_column column);
/* "the option that names it", as a user writes it: --date-column. */
extern const char *const source_column_options[SOURCE_COLUMN_COUNT];

/* Appends "id", "project_id", ... quoted. */
pqt_status names_columns(const source_names *names, buffer *out, pqt_error *error);

/* Appends the SELECT of source_organizations: projects' ids and organizations' slugs. */
pqt_status names_organizations(const source_names *names, buffer *out, pqt_error *error);

/* The same SQL in every kind, appended without its end: the rows of a slice (in the order
 * of enum source_column); the versions they have, with their slugs; whether a day has
 * rows. */
pqt_status names_slice_sql(const source_names *names, const source_slice *slice,
                           buffer *out, pqt_error *error);
pqt_status names_versions_sql(const source_names *names, const source_slice *slice,
                              buffer *out, pqt_error *error);
pqt_status names_day_sql(const source_names *names, int32_t day, buffer *out,
                         pqt_error *error);

/* Slugs being collected, in order of id. All zero is empty. */
typedef struct slug_map {
    source_slug *slugs;
    size_t count;
    size_t capacity;
    arena texts;
} slug_map;
pqt_status slug_map_add(slug_map *map, int64_t id, pqt_view slug, pqt_error *error);
void slug_map_clear(slug_map *map);

/* Fills in one integer column: LIMIT, naming the row, where it does not fit. `bits` is
 * 16, 32 or 64. */
pqt_status source_check_range(int64_t value, int bits, const char *column, int64_t id,
                              pqt_error *error);

#endif
