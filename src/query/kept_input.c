#include "query/kept_input.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/cursor.h"

/* Bytes of the file that are here. */
struct block {
    uint64_t offset;
    uint64_t size_bytes;
    const uint8_t *bytes;
    uint8_t *owned; /* NULL: they are in `recalled` */
    bool is_new;    /* to be remembered */
};

struct kept_input {
    pqt_input inner;
    store *store;
    char *key;
    char *hash; /* NULL: nothing is remembered */
    bool keeps;
    bool is_recalled;
    buffer recalled;
    struct block *blocks;
    size_t count;
    size_t capacity;
};

static store_object object_of(const kept_input *kept)
{
    return (store_object){kept->key, kept->inner.size_bytes, kept->hash};
}

static pqt_status add_block(kept_input *kept, const struct block *block, pqt_error *error)
{
    void *array = kept->blocks;
    if (alloc_grow(NULL, &array, &kept->capacity, kept->count + 1,
                   sizeof *kept->blocks) != 0)
        return error_no_memory(error, sizeof *kept->blocks);
    kept->blocks = array;
    kept->blocks[kept->count++] = *block;
    return PQT_OK;
}

/* --- What is remembered: count; offset and size of each block; their bytes --- */

static bool take_blocks(kept_input *kept)
{
    cursor c = cursor_of(buffer_view(&kept->recalled));
    uint32_t count;
    if (!cursor_u32le(&c, &count) || count > cursor_left(&c) / 16) return false;
    cursor bytes = c;
    if (!cursor_skip(&bytes, (size_t)count * 16)) return false;
    for (uint32_t i = 0; i < count; i++) {
        struct block block = {0};
        pqt_view view;
        if (!cursor_u64le(&c, &block.offset) || !cursor_u64le(&c, &block.size_bytes) ||
            !range_within(block.offset, block.size_bytes, kept->inner.size_bytes) ||
            !cursor_bytes(&bytes, (size_t)block.size_bytes, &view))
            return false;
        block.bytes = view.data;
        if (add_block(kept, &block, NULL) != PQT_OK) return false;
    }
    return true;
}

/* Once in a time of keeping, and only where something is not at hand. */
static void recall(kept_input *kept)
{
    const store_object object = object_of(kept);
    const size_t count = kept->count;
    if (!kept->keeps || kept->is_recalled) return;
    kept->is_recalled = true;
    buffer_clear(&kept->recalled);
    if (!store_recall(kept->store, &object, &kept->recalled)) return;
    if (!take_blocks(kept)) kept->count = count;
}

static pqt_status write_blocks(const kept_input *kept, buffer *out, pqt_error *error)
{
    uint8_t number[8];
    store_u32le(number, (uint32_t)kept->count);
    TRY(buffer_append(out, number, 4, error));
    for (size_t i = 0; i < kept->count; i++) {
        store_u64le(number, kept->blocks[i].offset);
        TRY(buffer_append(out, number, sizeof number, error));
        store_u64le(number, kept->blocks[i].size_bytes);
        TRY(buffer_append(out, number, sizeof number, error));
    }
    for (size_t i = 0; i < kept->count; i++)
        TRY(buffer_append(out, kept->blocks[i].bytes, (size_t)kept->blocks[i].size_bytes,
                          error));
    return PQT_OK;
}

/* With what was remembered before. */
static void remember(kept_input *kept)
{
    bool is_new = false;
    uint64_t bytes = 0;
    buffer text = {0};
    const store_object object = object_of(kept);
    if (!kept->hash || !store_remembers(kept->store)) return;
    recall(kept);
    for (size_t i = 0; i < kept->count; i++) {
        is_new |= kept->blocks[i].is_new;
        bytes += kept->blocks[i].size_bytes;
    }
    if (is_new && bytes <= KEPT_MOST_BYTES && write_blocks(kept, &text, NULL) == PQT_OK)
        store_remember(kept->store, &object, buffer_view(&text));
    buffer_free(&text);
}

void kept_input_drop(kept_input *kept)
{
    for (size_t i = 0; i < kept->count; i++) alloc_release(NULL, kept->blocks[i].owned);
    alloc_release(NULL, kept->blocks);
    buffer_free(&kept->recalled);
    kept->blocks = NULL;
    kept->count = kept->capacity = 0;
}

void kept_input_begin(kept_input *kept, bool anew)
{
    kept_input_drop(kept);
    kept->keeps = true;
    kept->is_recalled = anew;
}

void kept_input_end(kept_input *kept)
{
    if (!kept->keeps) return;
    bool is_new = false;
    for (size_t i = 0; i < kept->count; i++) is_new |= kept->blocks[i].is_new;
    if (is_new) remember(kept);
    kept->keeps = false;
    kept_input_drop(kept);
}

/* --- Reading --- */

static const uint8_t *find_bytes(const kept_input *kept, uint64_t offset,
                                 uint64_t size_bytes)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct block *block = &kept->blocks[i];
        if (offset >= block->offset && offset - block->offset <= block->size_bytes &&
            size_bytes <= block->size_bytes - (offset - block->offset))
            return block->bytes + (offset - block->offset);
    }
    return NULL;
}

static const uint8_t *find_anywhere(kept_input *kept, uint64_t offset,
                                    uint64_t size_bytes)
{
    const uint8_t *bytes = find_bytes(kept, offset, size_bytes);
    if (bytes || !kept->keeps || kept->is_recalled) return bytes;
    recall(kept);
    return find_bytes(kept, offset, size_bytes);
}

/* A place for bytes that come from the store. */
static pqt_status make_block(kept_input *kept, pqt_byte_range range, struct block *out,
                             pqt_error *error)
{
    *out = (struct block){.offset = range.offset,
                          .size_bytes = range.size_bytes,
                          .owned = alloc_bytes(NULL, (size_t)range.size_bytes),
                          .is_new = kept->keeps};
    out->bytes = out->owned;
    return out->owned ? PQT_OK : error_no_memory(error, (size_t)range.size_bytes);
}

static pqt_status read_new(kept_input *kept, uint64_t offset, uint8_t *out,
                           size_t size_bytes, pqt_error *error)
{
    struct block block;
    TRY(kept->inner.read(kept->inner.self, offset, out, size_bytes, error));
    if (!kept->keeps) return PQT_OK;
    TRY(make_block(kept, (pqt_byte_range){offset, size_bytes}, &block, error));
    memcpy(block.owned, out, size_bytes);
    const pqt_status status = add_block(kept, &block, error);
    if (status != PQT_OK) alloc_release(NULL, block.owned);
    return status;
}

static pqt_status read_kept(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                            pqt_error *error)
{
    kept_input *kept = self;
    const uint8_t *bytes = find_anywhere(kept, offset, size_bytes);
    if (!bytes) return read_new(kept, offset, out, size_bytes, error);
    if (size_bytes) memcpy(out, bytes, size_bytes);
    return PQT_OK;
}

static void release_kept(void *self)
{
    kept_input *kept = self;
    if (kept->inner.release) kept->inner.release(kept->inner.self);
    kept_input_drop(kept);
    alloc_release(NULL, kept->key);
    alloc_release(NULL, kept->hash);
    alloc_release(NULL, kept);
}

/* --- Fetching --- */

static int compare_ranges(const void *a, const void *b)
{
    const pqt_byte_range *left = a, *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

/* Leaves out what is at hand, and makes one of ranges that touch. */
static size_t tidy_ranges(kept_input *kept, pqt_byte_range *ranges, size_t count)
{
    size_t left = 0;
    if (count) qsort(ranges, count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < count; i++) {
        const pqt_byte_range r = ranges[i];
        pqt_byte_range *last = left ? &ranges[left - 1] : NULL;
        if (r.size_bytes == 0 || find_anywhere(kept, r.offset, r.size_bytes)) continue;
        if (last && r.offset <= last->offset + last->size_bytes) {
            const uint64_t end = r.offset + r.size_bytes;
            if (end > last->offset + last->size_bytes)
                last->size_bytes = end - last->offset;
        } else {
            ranges[left++] = r;
        }
    }
    return left;
}

/* Places for what is wanted; `outs` has room for all of them. */
static pqt_status make_blocks(kept_input *kept, const pqt_byte_range *ranges,
                              size_t count, uint8_t **outs, pqt_error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct block block;
        TRY(make_block(kept, ranges[i], &block, error));
        const pqt_status status = add_block(kept, &block, error);
        if (status != PQT_OK) alloc_release(NULL, block.owned);
        TRY(status);
        outs[i] = block.owned;
    }
    return PQT_OK;
}

static void drop_blocks(kept_input *kept, size_t before)
{
    for (; kept->count > before; kept->count--)
        alloc_release(NULL, kept->blocks[kept->count - 1].owned);
}

/* What is asked of the store: a request a file, and the places of all. */
struct fetching {
    kept_fetch *fetches;
    size_t count;
    size_t *before; /* blocks of each */
    store_range_request *requests;
    size_t request_count;
    uint8_t **outs;
};

static pqt_status prepare_fetches(struct fetching *f, pqt_error *error)
{
    uint8_t **outs = f->outs;
    for (size_t i = 0; i < f->count; i++) {
        kept_fetch *fetch = &f->fetches[i];
        kept_input *kept = fetch->kept;
        fetch->count = tidy_ranges(kept, fetch->ranges, fetch->count);
        f->before[i] = kept->count; /* what was remembered counts */
        if (fetch->count == 0) continue;
        TRY(make_blocks(kept, fetch->ranges, fetch->count, outs, error));
        f->requests[f->request_count++] = (store_range_request){
            kept->key, kept->inner.size_bytes, fetch->ranges, fetch->count, outs};
        outs += fetch->count;
    }
    return PQT_OK;
}

static pqt_status run_fetches(struct fetching *f, pqt_error *error)
{
    pqt_status status = prepare_fetches(f, error);
    if (status == PQT_OK && f->request_count > 0)
        status = store_read_ranges(f->fetches[0].kept->store, f->requests,
                                   f->request_count, error);
    for (size_t i = 0; status != PQT_OK && i < f->count; i++)
        if (f->before[i] != SIZE_MAX) drop_blocks(f->fetches[i].kept, f->before[i]);
    return status;
}

pqt_status kept_input_fetch(kept_fetch *fetches, size_t count, pqt_error *error)
{
    struct fetching f = {.fetches = fetches, .count = count};
    size_t ranges = 0;
    for (size_t i = 0; i < count; i++) ranges += fetches[i].count;
    f.before = alloc_zeroed(NULL, count, sizeof *f.before);
    f.requests = alloc_zeroed(NULL, count, sizeof *f.requests);
    f.outs = alloc_zeroed(NULL, ranges, sizeof *f.outs);
    pqt_status status = f.before && f.requests && f.outs
                            ? PQT_OK
                            : error_no_memory(error, ranges * sizeof *f.outs);
    for (size_t i = 0; i < count && status == PQT_OK; i++) f.before[i] = SIZE_MAX;
    if (status == PQT_OK) status = run_fetches(&f, error);
    alloc_release(NULL, f.before);
    alloc_release(NULL, f.requests);
    alloc_release(NULL, f.outs);
    return status;
}

/* --- Opening --- */

pqt_status kept_input_open(store *s, const store_object *object, kept_input **kept,
                           pqt_input *input, pqt_error *error)
{
    kept_input *k = alloc_zeroed(NULL, 1, sizeof *k);
    if (!k) return error_no_memory(error, sizeof *k);
    k->store = s;
    k->key = alloc_text(NULL, object->key);
    k->hash = object->hash ? alloc_text(NULL, object->hash) : NULL;
    pqt_status status = k->key && (k->hash || !object->hash)
                            ? PQT_OK
                            : error_no_memory(error, strlen(object->key));
    if (status == PQT_OK)
        status = store_open_known(s, object->key, object->size_bytes, &k->inner, error);
    if (status != PQT_OK) {
        release_kept(k);
        return status;
    }
    *input = (pqt_input){.read = read_kept,
                         .release = release_kept,
                         .self = k,
                         .size_bytes = k->inner.size_bytes,
                         .name = k->inner.name};
    *kept = k;
    return PQT_OK;
}
