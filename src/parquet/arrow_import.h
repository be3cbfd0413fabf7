/* An Arrow schema as a writer takes it: the fields to walk, and Parquet's schema. */
#ifndef PARQUET_ARROW_IMPORT_H
#define PARQUET_ARROW_IMPORT_H

#include "base/arena.h"
#include "parquet/arrow_import_type.h"

typedef enum import_kind {
    IMPORT_LEAF,
    IMPORT_STRUCT,
    IMPORT_LIST, /* and maps, whose elements are structs */
    IMPORT_LARGE_LIST,
    IMPORT_LIST_VIEW,
    IMPORT_LARGE_LIST_VIEW,
    IMPORT_FIXED_LIST,
    /* These two stand before the field that they hold the values of; all three share
     * their levels. */
    IMPORT_DICTIONARY,
    IMPORT_RUNS
} import_kind;

typedef struct import_field {
    import_kind kind;
    const char *name;
    const struct import_field *parent; /* NULL for the root, a struct */
    int64_t number;                    /* among the parent's children */
    uint16_t null_level;               /* the definition level of a null... */
    uint16_t valid_level; /* ... and of what is none; the same where no null may be */
    bool adds_level;      /* false: its nulls are not allowed, or those of the parent */
    uint16_t repetition;  /* of a list: the level of elements behind its first */
    int32_t size;     /* of a fixed-size list: elements; of indexes and run ends: bytes */
    bool is_unsigned; /* indexes */
    import_type type; /* of a leaf */
    struct import_field **children; /* those of dictionaries and runs: the values */
    int64_t child_count;
} import_field;

/* All zero but the arena's allocator is empty; all memory is the arena's. */
typedef struct import_schema {
    arena memory;
    pqt_schema schema; /* only what pqt_writer_create takes is filled in */
    const import_field *root;
    const import_field **leaves;
    int32_t leaf_count;
} import_schema;

/* `out` is freed by arena_free, also after a failure. UNSUPPORTED for types that Parquet
 * cannot hold, INVALID for schemas that contradict themselves; both name the field. */
pqt_status import_schema_make(const struct ArrowSchema *schema, import_schema *out,
                              pqt_error *error);

/* Puts "field 'a.b': " before the error's message. */
void import_error_prefix(const import_field *field, pqt_error *error);

#endif
