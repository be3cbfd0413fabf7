#include "archive/id_slugs.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/view.h"

/* The entry of the id, or the empty one where it would be. An entry without a slug's data
 * is empty. */
static id_slug *entry_of(const id_slugs *map, int64_t id)
{
    const uint64_t mixed = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(mixed >> 32) & (map->entry_count - 1);
    while (map->entries[at].slug.data && map->entries[at].id != id)
        at = (at + 1) & (map->entry_count - 1);
    return &map->entries[at];
}

static pqt_status grow(id_slugs *map, pqt_error *error)
{
    const id_slugs old = *map;
    const size_t count = old.entry_count ? old.entry_count * 2 : 64;
    map->entries = alloc_zeroed(NULL, count, sizeof *map->entries);
    if (!map->entries) {
        map->entries = old.entries;
        return error_no_memory(error, count * sizeof *map->entries);
    }
    map->entry_count = count;
    for (size_t i = 0; i < old.entry_count; i++)
        if (old.entries[i].slug.data) *entry_of(map, old.entries[i].id) = old.entries[i];
    alloc_release(NULL, old.entries);
    return PQT_OK;
}

pqt_status id_slugs_put(id_slugs *map, int64_t id, pqt_view slug, pqt_error *error)
{
    if (map->count * 3 >= map->entry_count * 2) TRY(grow(map, error));
    id_slug *entry = entry_of(map, id);
    if (entry->slug.data && view_equal(entry->slug, slug)) return PQT_OK;
    const pqt_view copy = arena_copy(&map->texts, slug);
    if (!copy.data) return error_no_memory(error, slug.size_bytes);
    if (!entry->slug.data) map->count++;
    *entry = (id_slug){id, copy, hash_bytes64(slug.data, slug.size_bytes)};
    return PQT_OK;
}

static pqt_status put_all(const source_slugs *slugs, id_slugs *map, pqt_error *error)
{
    for (size_t i = 0; i < slugs->count; i++)
        TRY(id_slugs_put(map, slugs->slugs[i].id, slugs->slugs[i].slug, error));
    return PQT_OK;
}

pqt_status id_slugs_load(source *s, id_slugs *projects, id_slugs *versions,
                         pqt_error *error)
{
    source_slugs slugs;
    TRY(source_project_slugs(s, &slugs, error));
    TRY(put_all(&slugs, projects, error));
    TRY(source_version_slugs(s, &slugs, error));
    return put_all(&slugs, versions, error);
}

const id_slug *id_slugs_get(const id_slugs *map, int64_t id)
{
    if (map->count == 0) return NULL;
    const id_slug *entry = entry_of(map, id);
    return entry->slug.data ? entry : NULL;
}

void id_slugs_prefetch(const id_slugs *map, int64_t id)
{
    const uint64_t mixed = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    if (map->count == 0) return;
    __builtin_prefetch(&map->entries[(size_t)(mixed >> 32) & (map->entry_count - 1)]);
}

void id_slugs_free(id_slugs *map)
{
    alloc_release(NULL, map->entries);
    arena_free(&map->texts);
    *map = (id_slugs){0};
}
