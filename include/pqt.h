/*
 * pqt: a Parquet library in plain C. Reads and writes files of the Apache Parquet format.
 *
 *   pqt_scan.h        rows of a file, filtered, batch after batch: start here
 *   pqt_writer.h      rows into a new file
 *   pqt_reader.h      opening; one column chunk at a time; page index, bloom filter
 *   pqt_format.h      types, schema, and what the footer says
 *   pqt_encryption.h  keys
 *   pqt_print.h       JSON, and checking a whole file
 *   pqt_arrow.h       the Arrow C data interface; not included here
 *
 * Section names in the comments are those of the format's documents (parquet.thrift,
 * Encodings.md, PageIndex.md). Functions return PQT_OK or the status that is in `error`;
 * results come through out parameters, untouched on failure. NULL is accepted where the
 * comment says so, and always for `error`. Nothing here prints, exits or aborts.
 */
#ifndef PQT_H
#define PQT_H

#include "pqt_encryption.h"
#include "pqt_format.h"
#include "pqt_print.h"
#include "pqt_reader.h"
#include "pqt_scan.h"
#include "pqt_writer.h"

#endif
