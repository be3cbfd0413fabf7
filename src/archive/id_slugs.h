/* Slugs by the id of their project or version, or another number. All zero is empty. */
#ifndef ARCHIVE_ID_SLUGS_H
#define ARCHIVE_ID_SLUGS_H

#include "base/arena.h"
#include "base/error.h"

typedef struct id_slug {
    int64_t id;
    pqt_view slug;
    uint64_t hash; /* hash_bytes64 of the slug */
} id_slug;

typedef struct id_slugs {
    id_slug *slugs;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* place in slugs + 1; open addressing, a power of two */
    size_t slot_count;
    arena texts;
} id_slugs;

/* Sets the slug of an id; the text is copied. */
pqt_status id_slugs_put(id_slugs *map, int64_t id, pqt_view slug, pqt_error *error);
/* NULL where the id has none. Valid until the next put. */
const id_slug *id_slugs_get(const id_slugs *map, int64_t id);
/* Ask the processor for the id's place, and then for what stands there; only hints. */
void id_slugs_prefetch(const id_slugs *map, int64_t id);
void id_slugs_prefetch_entry(const id_slugs *map, int64_t id);
void id_slugs_free(id_slugs *map);

#endif
