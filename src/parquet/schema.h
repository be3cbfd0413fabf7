/* The schema of a file: the flat list of the footer made into nodes. */
#ifndef PARQUET_SCHEMA_H
#define PARQUET_SCHEMA_H

#include "base/arena.h"
#include "parquet/thrift_reader.h"
#include "pqt.h"

/* Reads list<SchemaElement>, the field that `s` is at, into the arena; levels, parents
 * and columns are computed and checked. */
pqt_status schema_read(thrift_reader *r, const thrift_struct *s, arena *memory,
                       pqt_schema *out, pqt_error *error);

/*
 * Sets parent, levels and column of the nodes, whose other fields are there, and makes
 * them a schema; `columns` has room for as many. CORRUPT where the counts of children are
 * not right.
 */
pqt_status schema_place(pqt_schema_node *nodes, int32_t count, int32_t *columns,
                        pqt_schema *out, pqt_error *error);

/* Groups and levels may be nested this deep. */
enum { SCHEMA_DEPTH_LIMIT = 128 };

/* The leaf's path with dots, for messages; cut to fit. */
void schema_path(const pqt_schema *schema, int32_t column, char *text, size_t size_bytes);

/* Whether an annotation says that bytes are UTF-8: STRING, ENUM, JSON. */
bool logical_is_text(pqt_logical kind);

#endif
