#include "archive/copy_members.h"

#include <stdlib.h>

#include "archive/copy_path.h"
#include "base/alloc.h"

static int compare_members(const void *a, const void *b)
{
    const source_slug *left = a, *right = b;
    if (left->id != right->id) return left->id < right->id ? -1 : 1;
    return view_compare(left->slug, right->slug);
}

static pqt_status add_member(copy_members *members, int32_t project_id, pqt_view slug,
                             pqt_error *error)
{
    void *array = members->members;
    const source_slug kept = {project_id, arena_copy(&members->texts, slug)};
    if (!kept.slug.data || alloc_grow(NULL, &array, &members->capacity,
                                      members->count + 1, sizeof kept) != 0)
        return error_no_memory(error, sizeof kept);
    members->members = array;
    members->members[members->count++] = kept;
    return PQT_OK;
}

static void sort_members(copy_members *members)
{
    size_t kept = 0;
    source_slug *all = members->members;
    if (members->count > 1) qsort(all, members->count, sizeof *all, compare_members);
    for (size_t i = 0; i < members->count; i++)
        if (i == 0 || compare_members(&all[i], &all[kept - 1]) != 0) all[kept++] = all[i];
    members->count = kept;
}

static void hash_members(copy_members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        const source_slug *m = &members->members[i];
        const hash128 slug = hash_bytes128(m->slug.data, m->slug.size_bytes);
        const uint64_t parts[] = {(uint64_t)(uint32_t)m->id, slug.low, slug.high};
        members->hash = hash128_add(members->hash, hash_bytes128(parts, sizeof parts));
    }
}

static pqt_status take_slugs(source *from, copy_members *out, pqt_error *error)
{
    source_slugs found;
    TRY(source_organizations(from, &found, error));
    for (size_t i = 0; i < found.count; i++)
        TRY(add_member(out, found.slugs[i].id, found.slugs[i].slug, error));
    return PQT_OK;
}

pqt_status copy_members_read(source *from, copy_members *out, pqt_error *error)
{
    *out = (copy_members){0};
    TRY(source_begin(from, error));
    const pqt_status status = take_slugs(from, out, error);
    TRY(source_end(from, status == PQT_OK ? error : NULL));
    TRY(status);
    sort_members(out);
    hash_members(out);
    return PQT_OK;
}

pqt_status copy_members_of(const copy_manifest *manifest, copy_members *out,
                           pqt_error *error)
{
    *out = (copy_members){.hash = manifest->members};
    for (size_t i = 0; i < manifest->count; i++) {
        const copy_entry *entry = &manifest->entries[i];
        copy_kind kind;
        const pqt_view slug = copy_path_slug(entry->path, &kind);
        for (size_t p = 0; p < entry->project_count; p++)
            TRY(add_member(out, entry->projects[p], slug, error));
    }
    sort_members(out);
    return PQT_OK;
}

const source_slug *copy_members_find(const copy_members *members, int32_t project_id,
                                     size_t *count)
{
    size_t low = 0, high = members->count; /* the first that is not before the project */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (members->members[middle].id < project_id)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < members->count && members->members[end].id == project_id) end++;
    *count = end - low;
    return members->members ? &members->members[low] : NULL;
}

void copy_members_free(copy_members *members)
{
    alloc_release(NULL, members->members);
    arena_free(&members->texts);
    *members = (copy_members){0};
}
