/*
 * pqt: a Parquet library in plain C. Reads and writes files of the Apache Parquet format.
 *
 * Section names in the comments are those of the format's documents (parquet.thrift,
 * Encodings.md, PageIndex.md). Functions return PQT_OK or the status that is in `error`;
 * results come through out parameters, untouched on failure. NULL is accepted where the
 * comment says so, and always for `error`. Nothing here prints, exits or aborts.
 *
 * Threads: a pqt_reader may be used by many threads at once after it was opened and its
 * page indexes loaded; each thread uses a pqt_values of its own. A pqt_writer belongs to
 * one thread.
 */
#ifndef PQT_H
#define PQT_H

#include <stdbool.h>

#include "pqt_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- The words of the format ------------------------------------------------------- */

typedef enum pqt_type {
    PQT_BOOLEAN = 0,
    PQT_INT32 = 1,
    PQT_INT64 = 2,
    PQT_INT96 = 3,
    PQT_FLOAT = 4,
    PQT_DOUBLE = 5,
    PQT_BYTE_ARRAY = 6,
    PQT_FIXED_LEN_BYTE_ARRAY = 7
} pqt_type;

typedef enum pqt_repetition {
    PQT_REQUIRED = 0,
    PQT_OPTIONAL = 1,
    PQT_REPEATED = 2
} pqt_repetition;

typedef enum pqt_encoding {
    PQT_PLAIN = 0,
    PQT_PLAIN_DICTIONARY = 2,
    PQT_RLE = 3,
    PQT_BIT_PACKED = 4,
    PQT_DELTA_BINARY_PACKED = 5,
    PQT_DELTA_LENGTH_BYTE_ARRAY = 6,
    PQT_DELTA_BYTE_ARRAY = 7,
    PQT_RLE_DICTIONARY = 8,
    PQT_BYTE_STREAM_SPLIT = 9
} pqt_encoding;

typedef enum pqt_codec {
    PQT_UNCOMPRESSED = 0,
    PQT_SNAPPY = 1,
    PQT_GZIP = 2,
    PQT_LZO = 3,
    PQT_BROTLI = 4,
    PQT_LZ4_HADOOP = 5,
    PQT_ZSTD = 6,
    PQT_LZ4_RAW = 7
} pqt_codec;

/* Names as the format writes them ("DELTA_BYTE_ARRAY"); "unknown" for other numbers. */
PQT_API const char *pqt_type_name(pqt_type type);
PQT_API const char *pqt_encoding_name(pqt_encoding encoding);
PQT_API const char *pqt_codec_name(pqt_codec codec);

/* What a column means beyond its physical type: LogicalType, or the ConvertedType of
 * older files in the same words. */
typedef enum pqt_logical {
    PQT_LOGICAL_NONE,
    PQT_LOGICAL_STRING,
    PQT_LOGICAL_MAP,
    PQT_LOGICAL_LIST,
    PQT_LOGICAL_ENUM,
    PQT_LOGICAL_DECIMAL,   /* scale, precision */
    PQT_LOGICAL_DATE,
    PQT_LOGICAL_TIME,      /* unit, is_utc */
    PQT_LOGICAL_TIMESTAMP, /* unit, is_utc */
    PQT_LOGICAL_INTERVAL,
    PQT_LOGICAL_INTEGER,   /* bit_width, is_signed */
    PQT_LOGICAL_UNKNOWN,   /* always null */
    PQT_LOGICAL_JSON,
    PQT_LOGICAL_BSON,
    PQT_LOGICAL_UUID,
    PQT_LOGICAL_FLOAT16,
    PQT_LOGICAL_VARIANT,
    PQT_LOGICAL_GEOMETRY,
    PQT_LOGICAL_GEOGRAPHY
} pqt_logical;

typedef enum pqt_time_unit { PQT_MILLIS, PQT_MICROS, PQT_NANOS } pqt_time_unit;

typedef struct pqt_logical_type {
    pqt_logical kind;
    int32_t precision;
    int32_t scale;
    pqt_time_unit unit;
    bool is_utc;
    int8_t bit_width;
    bool is_signed;
} pqt_logical_type;

/* One node of a schema, depth first as in the file; node 0 is the root. */
typedef struct pqt_schema_node {
    const char *name;
    pqt_repetition repetition;
    bool is_group;
    pqt_type type;       /* of a leaf */
    int32_t type_length; /* bytes of a FIXED_LEN_BYTE_ARRAY */
    pqt_logical_type logical;
    int32_t field_id;    /* -1: none */
    int32_t child_count; /* direct children of a group */
    int32_t parent;      /* node, -1 for the root */
    int32_t column;      /* of a leaf: its number among the leaves; -1 for a group */
    uint16_t max_definition_level;
    uint16_t max_repetition_level;
} pqt_schema_node;

typedef struct pqt_schema {
    const pqt_schema_node *nodes;
    int32_t node_count;
    const int32_t *column_nodes; /* the leaves' nodes */
    int32_t column_count;
} pqt_schema;

/* The column whose dotted path is `path` ("a.list.element"), or -1. */
PQT_API int32_t pqt_schema_find(const pqt_schema *schema, const char *path);

/* --- What a file says of itself ------------------------------------------------------ */

/* Values are in PLAIN encoding without a length (as in Statistics). data NULL: absent. */
typedef struct pqt_statistics {
    pqt_view min_value;
    pqt_view max_value;
    bool min_is_exact; /* true where the file does not say */
    bool max_is_exact;
    int64_t null_count;     /* -1: absent */
    int64_t distinct_count; /* -1: absent */
} pqt_statistics;

typedef struct pqt_encoding_stats {
    int32_t page_type; /* PageType */
    pqt_encoding encoding;
    int32_t count;
} pqt_encoding_stats;

typedef struct pqt_column_chunk {
    pqt_type type;
    pqt_codec codec;
    int64_t value_count;
    int64_t uncompressed_bytes;
    int64_t compressed_bytes;
    int64_t data_page_offset;
    int64_t dictionary_page_offset; /* -1: none */
    int64_t column_index_offset;    /* -1: none */
    int32_t column_index_bytes;
    int64_t offset_index_offset;    /* -1: none */
    int32_t offset_index_bytes;
    int64_t bloom_filter_offset;    /* -1: none */
    int32_t bloom_filter_bytes;     /* -1: not said */
    pqt_statistics statistics;
    bool is_encrypted;
    const pqt_encoding *encodings;
    int32_t encoding_count;
    const pqt_encoding_stats *encoding_stats;
    int32_t encoding_stats_count;
} pqt_column_chunk;

typedef struct pqt_sorting_column {
    int32_t column;
    bool descending;
    bool nulls_first;
} pqt_sorting_column;

typedef struct pqt_row_group {
    int64_t row_count;
    int64_t total_bytes; /* uncompressed */
    const pqt_column_chunk *columns;
    const pqt_sorting_column *sorting;
    int32_t sorting_count;
} pqt_row_group;

typedef struct pqt_key_value {
    pqt_view key;
    pqt_view value; /* data NULL: none */
} pqt_key_value;

typedef struct pqt_file_metadata {
    int32_t version;
    int64_t row_count;
    const char *created_by; /* "" where absent */
    pqt_schema schema;
    const pqt_row_group *row_groups;
    int32_t row_group_count;
    const pqt_key_value *key_values;
    int32_t key_value_count;
    uint32_t footer_bytes; /* of the metadata, without the 8 bytes behind it */
    bool has_column_orders;
} pqt_file_metadata;

/* ColumnIndex and OffsetIndex of one column chunk. */
typedef struct pqt_page_location {
    int64_t offset;
    int32_t compressed_bytes; /* with the page's header */
    int64_t first_row;        /* in the row group */
} pqt_page_location;

typedef struct pqt_page_index {
    int32_t page_count;
    const pqt_page_location *locations;
    bool has_column_index;      /* false: what follows is absent */
    const bool *null_pages;     /* page has only nulls: no min and max */
    const pqt_view *min_values;
    const pqt_view *max_values;
    const int64_t *null_counts; /* NULL: absent */
    int32_t boundary_order;     /* 0 unordered, 1 ascending, 2 descending */
} pqt_page_index;

/* --- Reading ------------------------------------------------------------------------- */

/*
 * Where the bytes come from. `read` fills all of `out` from `offset` or fails; it may be
 * called by several threads at once. `size_bytes` is the file's size. `release` (may be
 * NULL) is called once, by pqt_reader_close or when opening fails.
 */
typedef struct pqt_input {
    pqt_status (*read)(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                       pqt_error *error);
    void (*release)(void *self);
    void *self;
    uint64_t size_bytes;
    const char *name; /* for messages; must outlive the reader */
} pqt_input;

/* All zero means the defaults in brackets. */
typedef struct pqt_reader_options {
    const pqt_allocator *allocator; /* must outlive the reader [malloc] */
    size_t tail_bytes;         /* read at once from the end of the file [64 KiB] */
    size_t footer_limit_bytes; /* larger footers are refused [256 MiB] */
    size_t page_limit_bytes;   /* larger pages, decompressed, are refused [256 MiB] */
    bool skip_checksums;       /* do not verify page CRCs where there are any [verify] */
} pqt_reader_options;

typedef struct pqt_reader pqt_reader;

/* Opens a file of the local disk. `options` NULL: defaults. The caller closes. */
PQT_API pqt_status pqt_reader_open_file(const char *path,
                                        const pqt_reader_options *options,
                                        pqt_reader **out, pqt_error *error);
/* Opens a file that is in memory; `bytes` must outlive the reader. */
PQT_API pqt_status pqt_reader_open_memory(pqt_view bytes,
                                          const pqt_reader_options *options,
                                          pqt_reader **out, pqt_error *error);
/* Opens whatever `input` reads; takes it over, also on failure. */
PQT_API pqt_status pqt_reader_open(const pqt_input *input,
                                   const pqt_reader_options *options, pqt_reader **out,
                                   pqt_error *error);
/* NULL is fine. */
PQT_API void pqt_reader_close(pqt_reader *reader);

/* Valid until the reader is closed. Counts and offsets in it have been checked against
 * the file's size and each other. */
PQT_API const pqt_file_metadata *pqt_reader_metadata(const pqt_reader *reader);

/*
 * Loads the page indexes of these columns (NULL: all) in all row groups; not to be called
 * while other threads use the reader. A file without them is fine. CORRUPT where an index
 * contradicts the file.
 */
PQT_API pqt_status pqt_reader_load_page_indexes(pqt_reader *reader,
                                                const int32_t *columns,
                                                int32_t column_count, pqt_error *error);

/* What was loaded, or NULL where the chunk has none (or none was loaded). */
PQT_API const pqt_page_index *pqt_reader_page_index(const pqt_reader *reader,
                                                    int32_t row_group, int32_t column);

/*
 * Values of a range of rows of one column chunk. Reused from call to call; all zero
 * before the first. What the pointers show is valid until the next read into it, or until
 * pqt_values_free.
 *
 * A flat column (max_repetition_level 0) has one slot a row; a nested one has a slot for
 * each entry of its levels. Slots of nulls hold zero or an empty view. Exactly one of the
 * value pointers is set, by the physical type; equal neighbours of a byte column that the
 * encoding stored once share the same data pointer.
 */
typedef struct pqt_values {
    pqt_type type;
    int64_t row_count;
    int64_t slot_count;
    int64_t null_count;
    const uint8_t *validity; /* a bit a slot, lowest first, 1: not null; NULL: no nulls */
    const uint8_t *booleans; /* a byte each, 0 or 1 */
    const int32_t *int32s;
    const int64_t *int64s;
    const float *floats;
    const double *doubles;
    const pqt_view *bytes; /* BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT96 */
    const uint16_t *definition_levels; /* NULL for a flat column with at most one level:
                                          validity says it */
    const uint16_t *repetition_levels; /* NULL for flat columns */
    struct pqt_values_memory *memory;
} pqt_values;

/*
 * Reads rows [first_row, first_row + row_count) of a column chunk (rows counted in the
 * row group); only the pages that hold them are read where the page index was loaded.
 * Memory: the pages decompressed plus 16 bytes a byte-array slot or the type's width.
 */
PQT_API pqt_status pqt_reader_read(const pqt_reader *reader, int32_t row_group,
                                   int32_t column, int64_t first_row, int64_t row_count,
                                   pqt_values *values, pqt_error *error);

/* Frees what a pqt_values holds and makes it all zero. */
PQT_API void pqt_values_free(pqt_values *values);

/* A value and for how many rows it stands. is_null: value is 0. */
typedef struct pqt_run {
    int64_t value;
    int64_t row_count;
    bool is_null;
} pqt_run;

/*
 * As pqt_reader_read for a flat INT32 or INT64 column, as runs of equal values, without
 * expanding what the encoding stored as runs. Appends to an array that the caller frees
 * with pqt_runs_free.
 */
typedef struct pqt_runs {
    pqt_run *runs;
    size_t count;
    size_t capacity;
} pqt_runs;
PQT_API pqt_status pqt_reader_read_runs(const pqt_reader *reader, int32_t row_group,
                                        int32_t column, int64_t first_row,
                                        int64_t row_count, pqt_values *scratch,
                                        pqt_runs *runs, pqt_error *error);
PQT_API void pqt_runs_free(pqt_runs *runs);

/*
 * The bytes of the file that pqt_reader_read would read: up to two ranges (dictionary
 * page; data pages), so that a caller may fetch many at once before. A range of length 0
 * is absent.
 */
typedef struct pqt_byte_range {
    uint64_t offset;
    uint64_t size_bytes;
} pqt_byte_range;
PQT_API pqt_status pqt_reader_byte_ranges(const pqt_reader *reader, int32_t row_group,
                                          int32_t column, int64_t first_row,
                                          int64_t row_count, pqt_byte_range ranges[2],
                                          pqt_error *error);

/* Split block bloom filter: false in *may_contain means that the value is not in the
 * chunk. `plain` is the value in PLAIN encoding without a length. Without a filter: true. */
PQT_API pqt_status pqt_reader_bloom_check(const pqt_reader *reader, int32_t row_group,
                                          int32_t column, pqt_view plain,
                                          bool *may_contain, pqt_error *error);

/* --- Printing ------------------------------------------------------------------------ */

/* Where text goes, in pieces. */
typedef struct pqt_text_output {
    pqt_status (*write)(void *self, const char *text, size_t size_bytes, pqt_error *error);
    void *self;
} pqt_text_output;

/*
 * Writes rows as JSON objects, one a line: nested values as arrays and objects, dates,
 * times and timestamps in ISO form, decimals exact, UUIDs as text, binary as base64, NaN and
 * infinities as null. Rows [first_row, first_row + row_count) of the file; row_count < 0:
 * to the end. `columns` are names of top-level fields (NULL: all); INVALID where one is not
 * there. Memory: a row group's values of the columns.
 */
PQT_API pqt_status pqt_print_rows(const pqt_reader *reader, const char *const *columns,
                                  int32_t column_count, int64_t first_row,
                                  int64_t row_count, const pqt_text_output *output,
                                  pqt_error *error);

/* Writes the schema as an indented tree. */
PQT_API pqt_status pqt_print_schema(const pqt_reader *reader,
                                    const pqt_text_output *output, pqt_error *error);

/* Writes what the footer says, as text or as one JSON object. */
PQT_API pqt_status pqt_print_metadata(const pqt_reader *reader, bool as_json,
                                      const pqt_text_output *output, pqt_error *error);

/* What pqt_verify_file has seen. */
typedef struct pqt_verified_file {
    int64_t row_count;
    int64_t value_count;
} pqt_verified_file;

/* Decodes every page of every column; checksums, counts and sizes must hold. CORRUPT with
 * the place of the first that does not. */
PQT_API pqt_status pqt_verify_file(const pqt_reader *reader, pqt_verified_file *out,
                                   pqt_error *error);

/* --- Writing ------------------------------------------------------------------------- */

/* Where the bytes go: `write` takes all of them, in order, or fails. */
typedef struct pqt_output {
    pqt_status (*write)(void *self, const uint8_t *data, size_t size_bytes,
                        pqt_error *error);
    void *self;
} pqt_output;

/* One column of the schema to write. All zero but name and type: a required PLAIN one. */
typedef struct pqt_column_options {
    const char *name;
    pqt_type type;
    int32_t type_length;
    pqt_repetition repetition; /* REQUIRED or OPTIONAL */
    pqt_logical_type logical;
    pqt_encoding encoding; /* RLE_DICTIONARY falls back to `fallback` when it grows */
    pqt_encoding fallback; /* [PLAIN] */
    pqt_codec codec;
    int32_t level;         /* of the codec; 0: the codec's default */
    bool bloom_filter;
    bool long_pages;       /* pages end with the row group (or page_limit_bytes) only, not
                              at pqt_writer_end_page: for columns that are a few runs */
} pqt_column_options;

typedef struct pqt_writer_options {
    const pqt_allocator *allocator;
    const char *created_by;      /* ["pqt version ..."] */
    int64_t row_group_rows;      /* [1,048,576] */
    size_t row_group_bytes;      /* of compressed pages held in memory [64 MiB] */
    int64_t page_rows;           /* a page ends at this many rows at the latest [20,000] */
    size_t page_limit_bytes;     /* ... or bytes before compression [1 MiB] */
    size_t dictionary_limit_bytes; /* then the fallback [1 MiB] */
    size_t statistics_limit_bytes; /* byte arrays are cut to this in min and max [64] */
    const pqt_sorting_column *sorting;
    int32_t sorting_count;
    const pqt_key_value *key_values;
    int32_t key_value_count;
    bool no_page_index;
    bool no_checksums;
    bool page_v2;
    int threads; /* columns of one append are encoded by so many [1] */
} pqt_writer_options;

typedef struct pqt_writer pqt_writer;

/*
 * Starts a file of flat columns. Everything `options` and `columns` point at is copied,
 * the allocator excepted. `options` NULL: defaults. The caller frees. Memory: at most
 * row_group_bytes plus, a column, one page before and after compression and a dictionary.
 */
PQT_API pqt_status pqt_writer_create(const pqt_output *output,
                                     const pqt_column_options *columns,
                                     int32_t column_count,
                                     const pqt_writer_options *options, pqt_writer **out,
                                     pqt_error *error);

/* Values of one column, a slot a row; slots of nulls are not looked at. */
typedef struct pqt_column_values {
    const void *values;      /* uint8_t (boolean), int32_t, int64_t, float, double, or
                                pqt_view (byte arrays) */
    const uint8_t *validity; /* a bit a row, lowest first; NULL: no nulls */
} pqt_column_values;

/*
 * Appends `row_count` rows, one pqt_column_values a column in the schema's order. The
 * same input gives the same bytes, whatever `threads` is. After an error only
 * pqt_writer_free may follow.
 */
PQT_API pqt_status pqt_writer_append(pqt_writer *writer, const pqt_column_values *columns,
                                     int64_t row_count, pqt_error *error);

/* Ends the page of every column without long_pages; no empty pages are written. */
PQT_API pqt_status pqt_writer_end_page(pqt_writer *writer, pqt_error *error);

/* Ends the row group; none is written where no rows are in it. */
PQT_API pqt_status pqt_writer_end_row_group(pqt_writer *writer, pqt_error *error);

/* What was written. column_statistics (one a column, over the whole file, exact for
 * numbers, cut as in the file for byte arrays) and their bytes are the writer's, valid
 * until it is freed. */
typedef struct pqt_written {
    int64_t row_count;
    uint64_t file_bytes;
    uint64_t tail_bytes; /* from the first byte of the page indexes to the end */
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
