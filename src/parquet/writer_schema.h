/* The schema of a file to be written, made from the caller's nodes. */
#ifndef PARQUET_WRITER_SCHEMA_H
#define PARQUET_WRITER_SCHEMA_H

#include "base/arena.h"
#include "base/error.h"
#include "pqt.h"

/*
 * Copies the nodes into the arena, computes levels, parents and columns, and checks all
 * by LogicalTypes.md. INVALID where the schema contradicts itself, UNSUPPORTED for what
 * is not written; the message names the node.
 */
pqt_status writer_schema_copy(const pqt_schema *from, arena *memory, pqt_schema *out,
                              pqt_error *error);

#endif
