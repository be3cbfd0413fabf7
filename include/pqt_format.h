/*
 * The words of the Parquet format, and what a file says of itself (parquet.thrift).
 */
#ifndef PQT_FORMAT_H
#define PQT_FORMAT_H

#include <stdbool.h>

#include "pqt_base.h"

#ifdef __cplusplus
extern "C" {
#endif

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
    PQT_BYTE_STREAM_SPLIT = 9,
    PQT_ENCODING_CHOSEN = -1 /* in options of a writer only */
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
    PQT_LOGICAL_DECIMAL, /* scale, precision */
    PQT_LOGICAL_DATE,
    PQT_LOGICAL_TIME,      /* unit, is_utc */
    PQT_LOGICAL_TIMESTAMP, /* unit, is_utc */
    PQT_LOGICAL_INTERVAL,
    PQT_LOGICAL_INTEGER, /* bit_width, is_signed */
    PQT_LOGICAL_UNKNOWN, /* always null */
    PQT_LOGICAL_JSON,
    PQT_LOGICAL_BSON,
    PQT_LOGICAL_UUID,
    PQT_LOGICAL_FLOAT16,
    PQT_LOGICAL_VARIANT,
    PQT_LOGICAL_GEOMETRY,  /* crs */
    PQT_LOGICAL_GEOGRAPHY, /* crs, edges */
    PQT_LOGICAL_FILE,
    PQT_LOGICAL_OTHER /* newer than this library: field_number says which */
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
    int8_t specification_version; /* of VARIANT; 0: not said */
    int8_t edges;                 /* EdgeInterpolationAlgorithm; 0: spherical */
    int16_t field_number;         /* in the union LogicalType, of OTHER */
    const char *crs;              /* NULL: OGC:CRS84 */
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

/* --- What a file says of itself ------------------------------------------------------
 */

/* Values are in PLAIN encoding without a length (as in Statistics). data NULL: absent. */
typedef struct pqt_statistics {
    pqt_view min_value;
    pqt_view max_value;
    bool min_is_exact; /* true where the file does not say */
    bool max_is_exact;
    int64_t null_count;     /* -1: absent */
    int64_t distinct_count; /* -1: absent */
    int64_t nan_count;      /* -1: absent */
    bool is_deprecated;     /* the limits are those of the deprecated fields, taken where
                               they are in the type's order */
} pqt_statistics;

/* By what values of a column are ordered in statistics (parquet.thrift, ColumnOrder). */
typedef enum pqt_column_order {
    PQT_ORDER_UNDEFINED, /* not said, unknown, or none of the type's: limits must not be
                            used */
    PQT_ORDER_TYPE_DEFINED,
    PQT_ORDER_IEEE_754_TOTAL,
    PQT_ORDER_INT96_TIMESTAMP
} pqt_column_order;

/* SizeStatistics of a column chunk. A histogram has an entry a level, 0 included. */
typedef struct pqt_size_statistics {
    int64_t byte_array_bytes;            /* without their lengths; -1: absent */
    const int64_t *repetition_histogram; /* NULL: absent */
    const int64_t *definition_histogram;
    int32_t repetition_count; /* entries */
    int32_t definition_count;
} pqt_size_statistics;

typedef struct pqt_encoding_stats {
    int32_t page_type; /* PageType */
    pqt_encoding encoding;
    int32_t count;
} pqt_encoding_stats;

typedef struct pqt_key_value {
    pqt_view key;
    pqt_view value; /* data NULL: none */
} pqt_key_value;

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
    int64_t offset_index_offset; /* -1: none */
    int32_t offset_index_bytes;
    int64_t bloom_filter_offset; /* -1: none */
    int32_t bloom_filter_bytes;  /* -1: not said */
    pqt_statistics statistics;
    pqt_size_statistics size_statistics;
    pqt_column_order order;
    bool is_encrypted; /* its pages; with a key they are read all the same */
    bool is_hidden;    /* encrypted with a key that was not given: of the above only
                          type, is_encrypted and the page index's place are known, or
                          what a plaintext footer tells: no statistics */
    const pqt_encoding *encodings;
    int32_t encoding_count;
    const pqt_encoding_stats *encoding_stats;
    int32_t encoding_stats_count;
    const pqt_key_value *key_values;
    int32_t key_value_count;
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
    bool has_encrypted_footer;
    bool is_signed; /* a plaintext footer of an encrypted file, whose signature was right
                     */
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
    bool has_column_index;  /* false: what follows is absent */
    const bool *null_pages; /* page has only nulls: no min and max */
    const pqt_view *min_values;
    const pqt_view *max_values;
    const int64_t *null_counts;           /* NULL: absent */
    const int64_t *nan_counts;            /* NULL: absent */
    int32_t boundary_order;               /* 0 unordered, 1 ascending, 2 descending */
    const int64_t *byte_array_bytes;      /* a page each, as in pqt_size_statistics; NULL:
                                             absent, also without column index */
    const int64_t *repetition_histograms; /* repetition_count entries a page, page after
                                             page; NULL: absent */
    const int64_t *definition_histograms;
    int32_t repetition_count;
    int32_t definition_count;
} pqt_page_index;

#ifdef __cplusplus
}
#endif
#endif
