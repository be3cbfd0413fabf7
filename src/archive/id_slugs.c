#include "archive/id_slugs.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/view.h"

static size_t first_slot(const id_slugs *map, int32_t id)
{
    const uint64_t mixed = (uint64_t)(uint32_t)id * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (map->slot_count - 1);
}

static size_t slot_of(const id_slugs *map, int32_t id)
{
    size_t slot = first_slot(map, id);
    while (map->slots[slot].is_used && map->slots[slot].id != id)
        slot = (slot + 1) & (map->slot_count - 1);
    return slot;
}

static pqt_status grow(id_slugs *map, pqt_error *error)
{
    id_slugs larger = *map;
    larger.slot_count = map->slot_count ? map->slot_count * 2 : 64;
    larger.slots = alloc_zeroed(NULL, larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return error_no_memory(error, larger.slot_count * sizeof *larger.slots);
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].is_used)
            larger.slots[slot_of(&larger, map->slots[i].id)] = map->slots[i];
    alloc_release(NULL, map->slots);
    *map = larger;
    return PQT_OK;
}

pqt_status id_slugs_put(id_slugs *map, int32_t id, pqt_view slug, pqt_error *error)
{
    if (map->count * 2 >= map->slot_count) TRY(grow(map, error));
    id_slug *slot = &map->slots[slot_of(map, id)];
    if (slot->is_used && view_equal(slot->slug, slug)) return PQT_OK;
    const pqt_view copy = arena_copy(&map->texts, slug);
    if (!copy.data) return error_no_memory(error, slug.size_bytes);
    map->count += !slot->is_used;
    *slot = (id_slug){id, true, copy, hash_bytes64(slug.data, slug.size_bytes)};
    return PQT_OK;
}

const id_slug *id_slugs_get(const id_slugs *map, int32_t id)
{
    if (map->count == 0) return NULL;
    const id_slug *slot = &map->slots[slot_of(map, id)];
    return slot->is_used ? slot : NULL;
}

void id_slugs_prefetch(const id_slugs *map, int32_t id)
{
    if (map->count > 0) __builtin_prefetch(&map->slots[first_slot(map, id)]);
}

void id_slugs_free(id_slugs *map)
{
    alloc_release(NULL, map->slots);
    arena_free(&map->texts);
    *map = (id_slugs){0};
}
