/*
 * The Arrow C data interface (arrow.apache.org/docs/format/CDataInterface.html): what a
 * Parquet file holds, as arrays that any Arrow library imports without a copy.
 */
#ifndef PQT_ARROW_H
#define PQT_ARROW_H

#include "pqt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The structures and their guards are those of the specification, so that other headers
 * may define them too. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/* All zero means the defaults in brackets. */
typedef struct pqt_arrow_options {
    const char *const *columns; /* names of top-level fields, in this order [all] */
    int32_t column_count;
    const pqt_scan_options *scan; /* rows, predicates, batch_rows, threads; its columns
                                     are not looked at [all rows] */
    bool large_types;    /* 64-bit offsets: large_list, large_utf8, large_binary */
    bool string_views;   /* utf8 and binary as views, which copy less */
    bool unchecked_utf8; /* texts may be any bytes, which other libraries may not expect
                            [a text that is not UTF-8 is CORRUPT] */
} pqt_arrow_options;

/*
 * The file's schema, or that of the chosen fields, as a struct. Lists, maps and structs
 * are Arrow's; strings, JSON and enums are utf8, other byte arrays binary; INT96 is a
 * timestamp in nanoseconds without a zone; decimals are decimal128, or decimal256 beyond
 * 38 digits. UUID, JSON, VARIANT, GEOMETRY and GEOGRAPHY are said by a field's metadata,
 * as the extension types arrow.uuid, arrow.json, arrow.parquet.variant and geoarrow.wkb;
 * field ids as PARQUET:field_id. The caller releases `out` by its release function.
 * INVALID for a field that is not there, UNSUPPORTED for what Arrow has no type for.
 */
PQT_API pqt_status pqt_arrow_schema(const pqt_reader *reader,
                                    const pqt_arrow_options *options,
                                    struct ArrowSchema *out, pqt_error *error);

/*
 * The rows as a stream of struct arrays; a batch does not cross a row group. The reader
 * must outlive the stream, not the arrays that came from it. `options` NULL: defaults.
 * The stream's own errors are EIO, EINVAL, ENOMEM or ENOTSUP, its message is the
 * library's. Memory: a batch's values twice.
 */
PQT_API pqt_status pqt_arrow_stream(const pqt_reader *reader,
                                    const pqt_arrow_options *options,
                                    struct ArrowArrayStream *out, pqt_error *error);

/* --- Writing --- */

/*
 * Starts a file of the struct `schema`. Every Arrow type that Parquet can hold is taken:
 * null, bool, integers, float16 to float64, decimals of 32 to 256 bits (as INT32, INT64
 * or bytes, by their precision), dates, times, timestamps, durations (as plain INT64:
 * Parquet has no type for them), month and day-time intervals as INTERVAL, utf8, binary,
 * their large and view forms, fixed-size binary, list, large list, list views, fixed-size
 * list, struct, map, dictionaries and run-end encoded arrays (as their values).
 *
 * Seconds are written as milliseconds, date64 as days. A timestamp with any zone is
 * UTC's. The extension types arrow.uuid, arrow.json, arrow.parquet.variant and
 * geoarrow.wkb become logical types, others are written as what they are stored in;
 * PARQUET:field_id in a field's metadata is its field id. The Arrow schema itself
 * (ARROW:schema) is not stored: what the file is read as is what its Parquet schema says.
 *
 * `columns` as in pqt_writer_create, in the order of the leaves. UNSUPPORTED names the
 * field and its type: unions, intervals of nanoseconds, structs without fields. The
 * schema is not released.
 */
PQT_API pqt_status pqt_arrow_writer_create(const pqt_output *output,
                                           const struct ArrowSchema *schema,
                                           const pqt_column_options *columns,
                                           const pqt_writer_options *options,
                                           pqt_writer **out, pqt_error *error);

/*
 * Appends a struct array of that schema to a writer that pqt_arrow_writer_create made;
 * it may be a slice, and its children too. The array is not released. INVALID names the
 * field where the array is not of that shape, a field that is not nullable has a null,
 * offsets, indexes or views point outside of what they are into, or a value does not fit
 * (seconds too large for milliseconds, a date64 within a day, a negative interval); then
 * only pqt_writer_free may follow. Memory: for 32,768 rows at a time, 4 bytes an entry of
 * levels and the values that do not lie as Parquet's do.
 */
PQT_API pqt_status pqt_arrow_writer_append(pqt_writer *writer,
                                           const struct ArrowArray *array,
                                           pqt_error *error);

/* Writes all of a stream to one file; the stream is not released. `written` may be NULL,
 * its column_statistics are not filled in. A stream's own error has its message. */
PQT_API pqt_status pqt_arrow_write_stream(const pqt_output *output,
                                          struct ArrowArrayStream *stream,
                                          const pqt_column_options *columns,
                                          const pqt_writer_options *options,
                                          pqt_written *written, pqt_error *error);

#ifdef __cplusplus
}
#endif
#endif
