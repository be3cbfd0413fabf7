#include "query/group_table.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/view.h"

enum { FIRST_SLOTS = 256 };

static pqt_status grow_slots(group_table *table, pqt_error *error)
{
    const size_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots = alloc_zeroed(NULL, count, sizeof *slots);
    if (!slots) return error_no_memory(error, count * sizeof *slots);
    for (size_t i = 0; i < table->count; i++) {
        size_t at = table->groups[i].hash & (count - 1);
        while (slots[at]) at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    alloc_release(NULL, table->slots);
    table->slots = slots;
    table->slot_count = count;
    return PQT_OK;
}

static pqt_status add_group(group_table *table, const group *key, size_t slot,
                            pqt_error *error)
{
    void *array = table->groups;
    if (alloc_grow(NULL, &array, &table->capacity, table->count + 1,
                   sizeof *table->groups) != 0)
        return error_no_memory(error, (table->count + 1) * sizeof *table->groups);
    table->groups = array;
    group kept = *key;
    kept.key = arena_copy(&table->keys, key->key);
    if (!kept.key.data) return error_no_memory(error, key->key.size_bytes);
    table->groups[table->count++] = kept;
    table->slots[slot] = (uint32_t)table->count;
    return PQT_OK;
}

static bool matches(const group *a, const group *key)
{
    return a->hash == key->hash && a->is_null == key->is_null &&
           view_equal(a->key, key->key);
}

static pqt_status add_hashed(group_table *table, const group *key, pqt_error *error)
{
    if (table->count * 2 >= table->slot_count) TRY(grow_slots(table, error));
    size_t at = key->hash & (table->slot_count - 1);
    for (; table->slots[at]; at = (at + 1) & (table->slot_count - 1)) {
        group *found = &table->groups[table->slots[at] - 1];
        if (!matches(found, key)) continue;
        found->views += key->views;
        table->expected = table->slots[at];
        return PQT_OK;
    }
    TRY(add_group(table, key, at, error));
    table->expected = table->count;
    return PQT_OK;
}

pqt_status group_table_add(group_table *table, pqt_view key, bool is_null, int64_t views,
                           size_t *number, pqt_error *error)
{
    if (is_null) key = (pqt_view){0};
    /* Files are sorted alike: most keys of a file follow each other as in the file
     * before, and one comparison is cheaper than a hash and two misses of the cache. */
    group *next = table->expected < table->count ? &table->groups[table->expected] : NULL;
    if (next && next->is_null == is_null && view_equal(next->key, key)) {
        next->views += views;
        if (number) *number = table->expected;
        table->expected++;
        return PQT_OK;
    }
    const group added = {key, is_null, hash_bytes64(key.data, key.size_bytes), views};
    TRY(add_hashed(table, &added, error));
    if (number) *number = table->expected - 1;
    return PQT_OK;
}

pqt_status group_table_join(group_table *table, const group_table *other,
                            pqt_error *error)
{
    for (size_t i = 0; i < other->count; i++)
        TRY(add_hashed(table, &other->groups[i], error));
    return PQT_OK;
}

static int compare_groups(const void *a, const void *b)
{
    const group *left = a, *right = b;
    if (left->views != right->views) return left->views > right->views ? -1 : 1;
    if (left->is_null != right->is_null) return left->is_null ? -1 : 1;
    return view_compare(left->key, right->key);
}

/* Of the kept groups the last one by the order is at the top. */
static void sift_down(group *heap, size_t count, size_t at)
{
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (compare_groups(&heap[child], &heap[last]) > 0) last = child;
        if (last == at) return;
        const group swap = heap[at];
        heap[at] = heap[last];
        heap[last] = swap;
        at = last;
    }
}

/* Brings the first `limit` groups of the order to the front, in any order. */
static void select_first(group_table *table, size_t limit)
{
    group *heap = table->groups;
    for (size_t i = limit / 2; i-- > 0;) sift_down(heap, limit, i);
    for (size_t i = limit; i < table->count; i++) {
        if (compare_groups(&heap[i], &heap[0]) >= 0) continue;
        heap[0] = heap[i];
        sift_down(heap, limit, 0);
    }
    table->count = limit;
}

void group_table_order(group_table *table, size_t limit)
{
    if (limit > 0 && limit < table->count) select_first(table, limit);
    if (table->count) qsort(table->groups, table->count, sizeof(group), compare_groups);
}

void group_table_free(group_table *table)
{
    alloc_release(NULL, table->groups);
    alloc_release(NULL, table->slots);
    arena_free(&table->keys);
    *table = (group_table){0};
}
