/* Arrow schemas and arrays made by hand: nothing of them is freed. */
#ifndef ARROW_MADE_H
#define ARROW_MADE_H

#include "pqt_arrow.h"
#include "test_help.h"

enum { MADE_MOST = 12 };

/* A schema with room for its children. */
typedef struct made_schema {
    struct ArrowSchema schema;
    struct ArrowSchema *children[MADE_MOST];
} made_schema;

typedef struct made_array {
    struct ArrowArray array;
    const void *buffers[MADE_MOST];
    struct ArrowArray *children[MADE_MOST];
} made_array;

static inline void made_release_schema(struct ArrowSchema *schema)
{
    schema->release = NULL;
}

static inline void made_release_array(struct ArrowArray *array)
{
    array->release = NULL;
}

static inline struct ArrowSchema *make_schema(made_schema *out, const char *format,
                                              const char *name, bool is_nullable)
{
    *out = (made_schema){.schema = {.format = format,
                                    .name = name,
                                    .flags = is_nullable ? ARROW_FLAG_NULLABLE : 0,
                                    .release = made_release_schema}};
    out->schema.children = out->children;
    return &out->schema;
}

static inline void add_schema(made_schema *parent, made_schema *child)
{
    parent->children[parent->schema.n_children++] = &child->schema;
}

/* An array with a validity (NULL: no nulls) and these buffers behind it. */
static inline struct ArrowArray *make_array(made_array *out, int64_t length,
                                            const void *validity, const void *second,
                                            const void *third)
{
    *out = (made_array){.array = {.length = length,
                                  .null_count = validity ? -1 : 0,
                                  .n_buffers = 1 + (second != NULL) + (third != NULL),
                                  .release = made_release_array},
                        .buffers = {validity, second, third}};
    out->array.buffers = out->buffers;
    out->array.children = out->children;
    return &out->array;
}

static inline void add_array(made_array *parent, made_array *child)
{
    parent->children[parent->array.n_children++] = &child->array;
}

#endif
