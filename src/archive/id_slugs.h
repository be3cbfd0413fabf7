/* Slugs by the id of their project or version, or another number. All zero is empty. */
#ifndef ARCHIVE_ID_SLUGS_H
#define ARCHIVE_ID_SLUGS_H

#include "base/arena.h"
#include "base/error.h"
#include "source/source.h"

typedef struct id_slug {
    int64_t id;
    pqt_view slug; /* data NULL: an empty entry of the table */
    uint64_t hash; /* hash_bytes64 of the slug */
} id_slug;

typedef struct id_slugs {
    id_slug *entries; /* open addressing, a power of two */
    size_t entry_count;
    size_t count; /* of ids */
    arena texts;
} id_slugs;

/* Sets the slug of an id; the text is copied. */
pqt_status id_slugs_put(id_slugs *map, int64_t id, pqt_view slug, pqt_error *error);
/* Those that the source has of projects and of versions, in its open snapshot. */
pqt_status id_slugs_load(source *s, id_slugs *projects, id_slugs *versions,
                         pqt_error *error);
/* NULL where the id has none. Valid until the next put. */
const id_slug *id_slugs_get(const id_slugs *map, int64_t id);
/* Asks the processor for the id's place; only a hint. */
void id_slugs_prefetch(const id_slugs *map, int64_t id);
void id_slugs_free(id_slugs *map);

#endif
