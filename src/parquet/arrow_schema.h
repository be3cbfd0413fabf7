/* Parquet's schema as Arrow's: which nodes are which types. */
#ifndef PARQUET_ARROW_SCHEMA_H
#define PARQUET_ARROW_SCHEMA_H

#include "pqt_arrow.h"

/* How the values of a column lie in Arrow's buffers. */
typedef enum arrow_layout {
    ARROW_NULL,        /* no buffers */
    ARROW_BOOLEAN,     /* a bit each */
    ARROW_FIXED,       /* as Parquet's values, or narrowed to width_bytes */
    ARROW_BYTES,       /* offsets in 32 bits, and bytes */
    ARROW_LARGE_BYTES, /* in 64 bits */
    ARROW_VIEWS,
    ARROW_FIXED_BYTES,
    ARROW_DECIMAL, /* of width_bytes, little-endian */
    ARROW_INT96    /* to nanoseconds */
} arrow_layout;

typedef struct arrow_type {
    char format[64];
    arrow_layout layout;
    size_t width_bytes;
    bool is_text; /* which is UTF-8 */
} arrow_type;

/* Which of Arrow's types stand for lists and byte arrays. */
typedef struct arrow_style {
    bool large_types;
    bool string_views;
    bool unchecked_utf8;
} arrow_style;

/* The Arrow type of a leaf. */
pqt_status arrow_leaf_type(const pqt_schema_node *node, arrow_style style,
                           arrow_type *out, pqt_error *error);

/* What a group or a repeated node is in Arrow. */
typedef enum arrow_shape { ARROW_LEAF, ARROW_STRUCT, ARROW_LIST, ARROW_MAP } arrow_shape;

typedef struct arrow_node {
    arrow_shape shape;
    int32_t node;     /* that its nulls are told by */
    int32_t repeated; /* of a list or map: the repeated node */
    int32_t element;  /* of a list: the node that an element is; of a map: the struct */
} arrow_node;

/*
 * What stands at a node. A repeated node that no LIST or MAP is around is a list by
 * itself; `as_element` true asks what one of its elements is (LogicalTypes.md, "Lists"
 * and "Maps", with the rules for older files).
 */
arrow_node arrow_node_at(const pqt_schema *schema, int32_t node, bool as_element);

/* The node behind the node's subtree. */
int32_t arrow_subtree_end(const pqt_schema *schema, int32_t node);

/* The nodes of the chosen top-level fields; `out` has room for all. */
pqt_status arrow_choose(const pqt_schema *schema, const pqt_arrow_options *options,
                        int32_t *out, int32_t *count, pqt_error *error);

/* The struct of these fields. */
pqt_status arrow_schema_make(const pqt_schema *schema, const int32_t *fields,
                             int32_t count, arrow_style style, struct ArrowSchema *out,
                             pqt_error *error);

#endif
