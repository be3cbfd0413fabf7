/*
 * The rows of a file, batch after batch: the columns that are asked for, of the rows for
 * which all predicates hold. Row groups and pages that cannot hold such rows are passed
 * over by statistics, dictionaries, bloom filters and the page index; the rows are the
 * same with and without.
 *
 *   pqt_scan *scan;
 *   const pqt_batch *batch;
 *   pqt_scan_open(reader, &options, &scan, &error);
 *   while (pqt_scan_next(scan, &batch, &error) == PQT_OK && batch)
 *       use(batch->row_count, batch->columns[0].int64s);
 *   pqt_scan_close(scan);
 */
#ifndef PQT_SCAN_H
#define PQT_SCAN_H

#include "pqt_reader.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pqt_comparison {
    PQT_EQUAL,
    PQT_NOT_EQUAL,
    PQT_LESS,
    PQT_LESS_OR_EQUAL,
    PQT_GREATER,
    PQT_GREATER_OR_EQUAL,
    PQT_IN,         /* equal to one of `values` */
    PQT_IS_NULL,    /* no values */
    PQT_IS_NOT_NULL /* no values */
} pqt_comparison;

/*
 * A condition on a column that is not repeated; it may lie in optional groups. Values are
 * as in memory: int32_t, int64_t, float, double in native order, a byte for BOOLEAN, the
 * bytes themselves for byte arrays; a decimal in byte arrays may be of any length but 0.
 * The order is that of the column's type (parquet.thrift, ColumnOrder): unsigned where
 * the logical type says so, decimals by value, byte arrays by unsigned bytes, INT96 by
 * day and then nanoseconds; intervals, variants and types without an order can only be
 * equal or not. A null fulfils only IS_NULL, a NaN only NOT_EQUAL and IS_NOT_NULL; -0.0
 * equals 0.0.
 */
typedef struct pqt_predicate {
    int32_t column; /* its number among the leaves */
    pqt_comparison comparison;
    const pqt_view *values;
    size_t value_count;
} pqt_predicate;

/*
 * Reads "COLUMN OP VALUE": OP is = != < <= > >= or `in` (values in parentheses, with
 * commas), or "COLUMN is null", "COLUMN is not null". COLUMN is a dotted path, in double
 * quotes where it has blanks or signs in it. VALUE is a number, true, false, text in
 * single quotes (doubled within), or bytes as x'00ff', read as the column's type says:
 *   date       '2026-01-15'
 *   time       '23:59:59.999'
 *   timestamp  '2026-01-15T23:59:59.999Z', or with a blank, with +01:00 or no zone (UTC),
 *              or the date alone; a column of local times takes none with a zone
 *   decimal    12.50, with no more digits behind the point than the column has
 *   UUID       '00112233-4455-6677-8899-aabbccddeeff'
 * Numbers for floating columns are rounded to them. The caller frees. INVALID says what
 * is wrong and at which character.
 */
PQT_API pqt_status pqt_predicate_parse(const pqt_schema *schema, const char *text,
                                       pqt_predicate *out, pqt_error *error);
/* Frees what pqt_predicate_parse made; NULL is fine. */
PQT_API void pqt_predicate_free(pqt_predicate *predicate);

/* All zero means the defaults in brackets. */
typedef struct pqt_scan_options {
    const int32_t *columns; /* leaves, in the order wanted [all] */
    int32_t column_count;
    const pqt_predicate *predicates; /* all must hold [none]; copied */
    int32_t predicate_count;
    int64_t first_row;  /* of the file, before filtering */
    int64_t row_count;  /* [to the end] */
    int64_t batch_rows; /* at most [65,536]; a batch does not cross a row group */
    int threads;        /* that decode columns of a batch at once [1] */
    bool no_pruning;    /* read everything, then filter: for files that lie */
} pqt_scan_options;

/* Valid until the next call with the scan. */
typedef struct pqt_batch {
    int64_t row_count;         /* at least 1 */
    const pqt_values *columns; /* in the order of the options' columns */
    int32_t column_count;
} pqt_batch;

/* What a scan did so far; at its end the three counts of rows add up to those of the
 * range of rows. */
typedef struct pqt_scan_counts {
    int64_t rows_given;
    int64_t rows_filtered;     /* compared, and not given */
    int64_t rows_pruned;       /* passed over by what the file says of them */
    int64_t row_groups_pruned; /* passed over whole */
    int64_t bytes_read;        /* asked of the input, the reader's opening left out */
} pqt_scan_counts;

typedef struct pqt_scan pqt_scan;

/*
 * Starts a scan; the reader must outlive it. Several scans may use a reader at once, each
 * in one thread. `options` NULL: defaults. The caller closes. INVALID for columns that
 * are not there, and predicates that do not fit their column.
 *
 * Pruning trusts the file: one whose statistics, page index or bloom filters are wrong
 * may lose rows. Not used are limits of an UNDEFINED order (PQT_ORDER_UNDEFINED), of a
 * wrong size, with a NaN among them, or of which the smallest is above the largest; null
 * counts that are absent (they are not 0); a page index or bloom filter that cannot be
 * read; and limits of byte arrays and floating numbers for NOT_EQUAL. A dictionary is
 * looked at where the footer proves that all values are in it, and it is at most 1 MiB.
 *
 * Memory: the batch's values, and for each column a page and a dictionary, compressed and
 * decompressed, a window of up to 1 MiB of bytes, and all pages that byte arrays of the
 * batch show; bytes that are fetched ahead are at most 8 MiB.
 */
PQT_API pqt_status pqt_scan_open(const pqt_reader *reader,
                                 const pqt_scan_options *options, pqt_scan **out,
                                 pqt_error *error);

/* The next batch; *out is NULL behind the last. After a failure it fails again. */
PQT_API pqt_status pqt_scan_next(pqt_scan *scan, const pqt_batch **out, pqt_error *error);

PQT_API pqt_scan_counts pqt_scan_count(const pqt_scan *scan);

/* NULL is fine. */
PQT_API void pqt_scan_close(pqt_scan *scan);

#ifdef __cplusplus
}
#endif
#endif
