/*
 * What many rows share, kept once: paths of a project, and the shapes of rows, that is
 * everything but id, path, view_count and date. Each gets a small number.
 */
#ifndef ARCHIVE_INTERNER_H
#define ARCHIVE_INTERNER_H

#include "archive/row_batch.h"

struct stored_row {
    uint32_t id_low;
    uint32_t path;
    uint32_t shape;
    int32_t view_count;
};

struct interned_path {
    const uint8_t *text;
    uint32_t size_bytes;
    uint32_t project;
};

/* A project or version with the slug it bears. */
struct interned_slug {
    int32_t id;
    bool has_id;
    bool has_slug;
    pqt_view slug;
};

/* How a full_path is kept: nearly all are a prefix and the path. */
enum { FULL_PATH_NULL, FULL_PATH_PREFIX, FULL_PATH_WHOLE };

struct row_shape {
    const uint8_t *text; /* of the full_path, or of its prefix */
    uint32_t text_bytes;
    uint32_t project;
    uint32_t version;
    int32_t project_id;
    int32_t version_id;
    uint32_t id_high; /* the upper half of the ids */
    int16_t status;
    uint8_t origin;
    uint8_t full_path;
    bool has_version;
    const uint8_t *project_source; /* where the slugs of a database row stand */
    const uint8_t *version_source;
};

/* A row with what finds it: made once, used by each step of adding. */
struct row_key {
    const archive_row *row;
    row_origin origin;
    uint8_t full_path;
    pqt_view shape_text;
    uint64_t path_hash;
    uint64_t shape_hash;
};

typedef struct interner interner;

pqt_status interner_create(interner **out, pqt_error *error);
/* NULL is fine. */
void interner_free(interner *in);

/* `path_hash` is hash_bytes64 of the path. The key shows the row. */
struct row_key interner_key(const archive_row *row, row_origin origin,
                            uint64_t path_hash);

/*
 * Asks the processor for what adding will touch, step by step, so that many rows wait for
 * memory together and not one after the other. Only hints: leaving them out is right.
 */
void interner_prefetch_slots(const interner *in, const struct row_key *key);
void interner_prefetch_entries(const interner *in, const struct row_key *key);
void interner_prefetch_texts(const interner *in, const struct row_key *key);

/*
 * The numbers of the row's path and shape. The slugs of a database row must stay where
 * they are as long as rows are added; those of an archived row are copied. LIMIT for
 * texts of 4 GiB.
 */
pqt_status interner_add(interner *in, const struct row_key *key, uint32_t *path,
                        uint32_t *shape, pqt_error *error);

/* Frees what only adding needs. */
void interner_end_adding(interner *in);

/* Bytes used now, and those of them that stay after interner_end_adding. */
size_t interner_bytes(const interner *in);
size_t interner_kept_bytes(const interner *in);

uint32_t interner_path_count(const interner *in);
uint32_t interner_shape_count(const interner *in);
uint32_t interner_project_count(const interner *in);
uint32_t interner_version_count(const interner *in);
const struct interned_path *interner_path_at(const interner *in, uint32_t path);
const struct row_shape *interner_shape_at(const interner *in, uint32_t shape);
const struct interned_slug *interner_project_at(const interner *in, uint32_t project);
const struct interned_slug *interner_version_at(const interner *in, uint32_t version);

#endif
