/* What other parts that write need of a writer. */
#ifndef PARQUET_WRITER_H
#define PARQUET_WRITER_H

#include "base/thread_pool.h"
#include "pqt.h"

/* Gives the writer something to keep, which it releases when it is freed; one at most. */
void writer_attach(pqt_writer *writer, void *attached, void (*release)(void *attached));

/* What it was given, or NULL. */
void *writer_attached(const pqt_writer *writer);

/* After this only pqt_writer_free is allowed: a part of what was given is written. */
void writer_fail(pqt_writer *writer);

/* The threads that columns are encoded in; idle between the calls of a writer. NULL where
 * there is one only. */
thread_pool *writer_threads(const pqt_writer *writer);

#endif
