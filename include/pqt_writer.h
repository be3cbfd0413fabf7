/*
 * Rows into a new file. The same rows, options and calls give the same bytes, whatever
 * `threads` is (encryption excepted). A pqt_writer belongs to one thread.
 */
#ifndef PQT_WRITER_H
#define PQT_WRITER_H

#include "pqt_encryption.h"
#include "pqt_format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the bytes go: `write` takes all of them, in order, or fails. */
typedef struct pqt_output {
    pqt_status (*write)(void *self, const uint8_t *data, size_t size_bytes,
                        pqt_error *error);
    void *self;
} pqt_output;

/* How a column is written. All zero is PLAIN and uncompressed; pqt_column_defaults is
 * what most columns want. */
typedef struct pqt_column_options {
    pqt_encoding encoding; /* PQT_ENCODING_CHOSEN: the smallest for the chunk's first
                              values, of those that common readers have for the type;
                              RLE_DICTIONARY: `fallback` once it does not pay */
    pqt_encoding fallback; /* [PLAIN] */
    pqt_codec codec;
    int32_t level; /* of the codec; 0: the codec's default */
    bool portable; /* PQT_ENCODING_CHOSEN: only PLAIN and RLE_DICTIONARY, which every
                      reader has */
    bool bloom_filter;
    bool long_pages; /* pages end with the row group (or page_limit_bytes) only, not at
                        pqt_writer_end_page: for columns that are a few runs */
} pqt_column_options;

/* Encoding chosen by size, and the best codec that is built in: zstd, or snappy. */
PQT_API pqt_column_options pqt_column_defaults(void);

/* All zero means the defaults in brackets. */
typedef struct pqt_writer_options {
    const pqt_allocator *allocator;
    const char *created_by;  /* ["pqt version ..."] */
    int64_t row_group_rows;  /* [1,048,576] */
    size_t row_group_bytes;  /* of compressed pages held in memory [64 MiB] */
    int64_t page_rows;       /* a page ends at this many rows at the latest [20,000] */
    size_t page_limit_bytes; /* ... or bytes before compression [1 MiB] */
    size_t dictionary_limit_bytes; /* then the fallback [1 MiB] */
    size_t statistics_limit_bytes; /* byte arrays are cut to this in min and max [64] */
    const pqt_sorting_column *sorting; /* noted in the file; the caller has sorted */
    int32_t sorting_count;
    const pqt_key_value *key_values;
    int32_t key_value_count;
    bool no_page_index;
    bool no_checksums;
    bool no_size_statistics;
    bool ieee_total_order; /* limits of FLOAT, DOUBLE and FLOAT16 by the total order of
                              IEEE 754, which few readers know [by value] */
    bool page_v2;
    int threads; /* columns of one append are encoded by so many [1] */
    const pqt_encryption *encryption; /* [none] */
} pqt_writer_options;

typedef struct pqt_writer pqt_writer;

/*
 * Starts a file of this schema. Of its nodes, depth first with the root as node 0, the
 * writer takes name, repetition, is_group, type, type_length, logical, field_id (0 and
 * -1: none) and child_count; the rest, and column_nodes, are computed. `columns` has one
 * entry a leaf; NULL: pqt_column_defaults for all. Everything that the arguments point at
 * is copied, the allocator excepted. `options` NULL: defaults. The caller frees. INVALID
 * where the schema contradicts itself (LogicalTypes.md), or an encoding or codec does not
 * fit; UNSUPPORTED for INT96, which is only read. Memory: at most row_group_bytes plus, a
 * column, one page before and after compression with 8 bytes an entry for its levels, a
 * dictionary and a bloom filter, and, while an encoding is chosen, its sample.
 */
PQT_API pqt_status pqt_writer_create(const pqt_output *output, const pqt_schema *schema,
                                     const pqt_column_options *columns,
                                     const pqt_writer_options *options, pqt_writer **out,
                                     pqt_error *error);

/* The writer's own copy of the schema, with all of a node filled in; until it is freed.
 */
PQT_API const pqt_schema *pqt_writer_schema(const pqt_writer *writer);

/*
 * Values of one column. All zero but `values` suits a required flat column.
 *
 * Flat columns: a slot a row, nulls by `validity`. Columns below a repeated node have a
 * slot for each entry of their levels (Dremel; as pqt_values has them), and both levels;
 * columns below several optional nodes have definition levels. Slots of nulls are not
 * looked at; with `is_dense` there are none: values stand one behind the other. Where
 * there are definition levels, `validity` is not looked at.
 */
typedef struct pqt_column_values {
    const void *values; /* uint8_t (boolean), int32_t, int64_t, float, double, or
                           pqt_view (byte arrays) */
    const uint8_t
        *validity; /* a bit a slot, lowest first; NULL: no nulls, or by levels */
    const uint16_t *definition_levels; /* NULL: by validity; no nulls where repeated */
    const uint16_t *repetition_levels; /* NULL: not below a repeated node */
    int64_t slot_count;                /* with repetition levels; otherwise row_count */
    bool is_dense;
} pqt_column_values;

/*
 * Appends `row_count` rows, one pqt_column_values a leaf in the schema's order. INVALID
 * where levels are above the column's, or do not make `row_count` rows. After an error
 * only pqt_writer_free may follow.
 */
PQT_API pqt_status pqt_writer_append(pqt_writer *writer, const pqt_column_values *columns,
                                     int64_t row_count, pqt_error *error);

/* Ends the page of every column without long_pages; no empty pages are written. */
PQT_API pqt_status pqt_writer_end_page(pqt_writer *writer, pqt_error *error);

/* Ends the row group; none is written where no rows are in it. */
PQT_API pqt_status pqt_writer_end_row_group(pqt_writer *writer, pqt_error *error);

/*
 * Ends the row group and puts bytes of the caller's own behind it, which readers of
 * Parquet pass over: an index that only the caller knows. Where they are is in the
 * key-value metadata, as "OFFSET LENGTH" in decimal under `key`. With blocks behind the
 * last row group the tail begins at the first of them. INVALID in an encrypted file,
 * where they would stand in the clear.
 */
PQT_API pqt_status pqt_writer_add_block(pqt_writer *writer, pqt_view key, pqt_view bytes,
                                        pqt_error *error);

/* What was written. column_statistics (one a column, over the whole file, exact for
 * numbers, cut as in the file for byte arrays) and their bytes are the writer's, valid
 * until it is freed. */
typedef struct pqt_written {
    int64_t row_count;
    uint64_t file_bytes;
    uint64_t tail_bytes; /* from the first byte of the page indexes (or of the blocks
                            before them) to the end */
    const pqt_statistics *column_statistics;
} pqt_written;

/* Writes the rest and the footer. `written` may be NULL. Then free. */
PQT_API pqt_status pqt_writer_finish(pqt_writer *writer, pqt_written *written,
                                     pqt_error *error);

/* Frees; an unfinished file stays unreadable. NULL is fine. */
PQT_API void pqt_writer_free(pqt_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
