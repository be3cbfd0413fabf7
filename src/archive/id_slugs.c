#include "archive/id_slugs.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/view.h"

static size_t first_slot(const id_slugs *map, int64_t id)
{
    const uint64_t mixed = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (map->slot_count - 1);
}

/* The slot of the id, or the empty one where it would be. */
static uint32_t *slot_of(const id_slugs *map, int64_t id)
{
    size_t slot = first_slot(map, id);
    while (map->slots[slot] && map->slugs[map->slots[slot] - 1].id != id)
        slot = (slot + 1) & (map->slot_count - 1);
    return &map->slots[slot];
}

static pqt_status grow_slots(id_slugs *map, pqt_error *error)
{
    const size_t count = map->slot_count ? map->slot_count * 2 : 64;
    uint32_t *slots = alloc_zeroed(NULL, count, sizeof *slots);
    if (!slots) return error_no_memory(error, count * sizeof *slots);
    alloc_release(NULL, map->slots);
    map->slots = slots;
    map->slot_count = count;
    for (size_t i = 0; i < map->count; i++)
        *slot_of(map, map->slugs[i].id) = (uint32_t)i + 1;
    return PQT_OK;
}

static pqt_status add_slug(id_slugs *map, int64_t id, uint32_t *slot, pqt_error *error)
{
    void *array = map->slugs;
    if (alloc_grow(NULL, &array, &map->capacity, map->count + 1, sizeof *map->slugs) != 0)
        return error_no_memory(error, (map->count + 1) * sizeof *map->slugs);
    map->slugs = array;
    map->slugs[map->count++] = (id_slug){.id = id};
    *slot = (uint32_t)map->count;
    return PQT_OK;
}

pqt_status id_slugs_put(id_slugs *map, int64_t id, pqt_view slug, pqt_error *error)
{
    if (map->count * 2 >= map->slot_count) TRY(grow_slots(map, error));
    uint32_t *slot = slot_of(map, id);
    if (*slot && view_equal(map->slugs[*slot - 1].slug, slug)) return PQT_OK;
    const pqt_view copy = arena_copy(&map->texts, slug);
    if (!copy.data) return error_no_memory(error, slug.size_bytes);
    if (!*slot) TRY(add_slug(map, id, slot, error));
    map->slugs[*slot - 1] = (id_slug){id, copy, hash_bytes64(slug.data, slug.size_bytes)};
    return PQT_OK;
}

const id_slug *id_slugs_get(const id_slugs *map, int64_t id)
{
    if (map->count == 0) return NULL;
    const uint32_t slot = *slot_of(map, id);
    return slot ? &map->slugs[slot - 1] : NULL;
}

void id_slugs_prefetch(const id_slugs *map, int64_t id)
{
    if (map->count > 0) __builtin_prefetch(&map->slots[first_slot(map, id)]);
}

void id_slugs_prefetch_entry(const id_slugs *map, int64_t id)
{
    if (map->count == 0) return;
    const uint32_t slot = map->slots[first_slot(map, id)];
    if (slot) __builtin_prefetch(&map->slugs[slot - 1]);
}

void id_slugs_free(id_slugs *map)
{
    alloc_release(NULL, map->slugs);
    alloc_release(NULL, map->slots);
    arena_free(&map->texts);
    *map = (id_slugs){0};
}
