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

/* The leaf's path with dots, for messages; cut to fit. */
void schema_path(const pqt_schema *schema, int32_t column, char *text, size_t size_bytes);

#endif
