/*
 * Opening a file, its page indexes and bloom filters, and the values of ranges of rows of
 * one column chunk. For whole rows see pqt_scan.h, which is built on this.
 *
 * A pqt_reader may be used by many threads at once after it was opened and its page
 * indexes loaded; each thread uses a pqt_values of its own.
 */
#ifndef PQT_READER_H
#define PQT_READER_H

#include "pqt_encryption.h"
#include "pqt_format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a file. */
typedef struct pqt_byte_range {
    uint64_t offset;
    uint64_t size_bytes;
} pqt_byte_range;

/*
 * Where the bytes come from. `read` fills all of `out` from `offset` or fails; it may be
 * called by several threads at once. `read_many` (may be NULL) does the same for several
 * ranges, in ascending order and apart from each other, each to its own `outs` entry:
 * for inputs that can have many requests under way. `size_bytes` is the file's size.
 * `release` (may be NULL) is called once, by pqt_reader_close or when opening fails.
 */
typedef struct pqt_input {
    pqt_status (*read)(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                       pqt_error *error);
    pqt_status (*read_many)(void *self, const pqt_byte_range *ranges, size_t count,
                            uint8_t *const *outs, pqt_error *error);
    void (*release)(void *self);
    void *self;
    uint64_t size_bytes;
    const char *name; /* for messages; must outlive the reader */
} pqt_input;

/* All zero means the defaults in brackets. */
typedef struct pqt_reader_options {
    const pqt_allocator *allocator; /* must outlive the reader [malloc] */
    size_t tail_bytes;              /* read at once from the end of the file [64 KiB] */
    size_t footer_limit_bytes;      /* larger footers are refused [256 MiB]; what is
                                       made of one takes up to 24 times its bytes */
    size_t page_limit_bytes; /* larger pages, decompressed, are refused, and levels or
                                lengths of a page that take more [256 MiB] */
    size_t gap_bytes;        /* ranges this near are fetched as one [16 KiB] */
    bool skip_checksums;     /* do not verify page CRCs where there are any [verify] */
    const pqt_decryption *decryption; /* [none: what is encrypted is DENIED] */
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
    const pqt_view *bytes;             /* BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT96 */
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
PQT_API pqt_status pqt_reader_byte_ranges(const pqt_reader *reader, int32_t row_group,
                                          int32_t column, int64_t first_row,
                                          int64_t row_count, pqt_byte_range ranges[2],
                                          pqt_error *error);

/* Where the file has a block that pqt_writer_add_block put under this key. NOT_FOUND where
 * it has none, CORRUPT where what stands there is no range of the file. */
PQT_API pqt_status pqt_reader_find_block(const pqt_reader *reader, pqt_view key,
                                         pqt_byte_range *out, pqt_error *error);
/* Reads a range of the file, as it is; `out` has room for it. The input is not asked where
 * the tail has it. IO; CORRUPT where it reaches beyond the file. */
PQT_API pqt_status pqt_reader_read_bytes(const pqt_reader *reader, pqt_byte_range range,
                                         uint8_t *out, pqt_error *error);

/* Split block bloom filter: false in *may_contain means that the value is not in the
 * chunk. `plain` is the value in PLAIN encoding without a length. Without a filter: true.
 */
PQT_API pqt_status pqt_reader_bloom_check(const pqt_reader *reader, int32_t row_group,
                                          int32_t column, pqt_view plain,
                                          bool *may_contain, pqt_error *error);

#ifdef __cplusplus
}
#endif
#endif
