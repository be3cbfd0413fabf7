#include "parquet/dictionary_encoder.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "parquet/bit_pack.h"
#include "parquet/rle_encoder.h"

enum { FIRST_SLOTS = 1024 };

static uint32_t *u32s(const buffer *b)
{
    return (uint32_t *)(void *)b->data;
}

static size_t u32_count(const buffer *b)
{
    return b->size_bytes / sizeof(uint32_t);
}

static pqt_status push_u32(buffer *b, uint32_t value, pqt_error *error)
{
    return buffer_append(b, &value, sizeof value, error);
}

void dictionary_init(dictionary_encoder *d, pqt_type type, size_t value_bytes,
                     const pqt_allocator *allocator)
{
    *d = (dictionary_encoder){.type = type, .value_bytes = value_bytes};
    buffer *const all[] = {&d->plain, &d->offsets, &d->sizes, &d->hashes,
                           &d->pages, &d->slots,   &d->codes, &d->fresh};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) all[i]->allocator = allocator;
}

void dictionary_free(dictionary_encoder *d)
{
    buffer *const all[] = {&d->plain, &d->offsets, &d->sizes, &d->hashes,
                           &d->pages, &d->slots,   &d->codes, &d->fresh};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buffer_free(all[i]);
}

pqt_view dictionary_entry(const dictionary_encoder *d, uint32_t entry)
{
    const size_t size_bytes = d->value_bytes ? d->value_bytes : u32s(&d->sizes)[entry];
    return view_of(d->plain.data + u32s(&d->offsets)[entry], size_bytes);
}

static pqt_status make_slots(dictionary_encoder *d, size_t count, pqt_error *error)
{
    TRY(buffer_resize(&d->slots, count * sizeof(uint32_t), error));
    memset(d->slots.data, 0, d->slots.size_bytes);
    d->slot_mask = count - 1;
    uint32_t *slots = u32s(&d->slots);
    for (size_t entry = 0; entry < d->count; entry++) {
        size_t at = u32s(&d->hashes)[entry] & d->slot_mask;
        while (slots[at]) at = (at + 1) & d->slot_mask;
        slots[at] = (uint32_t)entry + 1;
    }
    return PQT_OK;
}

static pqt_status add_entry(dictionary_encoder *d, pqt_view value, uint32_t hash,
                            pqt_error *error)
{
    if (d->type == PQT_BYTE_ARRAY) {
        uint8_t length[4];
        store_u32le(length, (uint32_t)value.size_bytes);
        TRY(buffer_append(&d->plain, length, sizeof length, error));
        TRY(push_u32(&d->sizes, (uint32_t)value.size_bytes, error));
    }
    TRY(push_u32(&d->offsets, (uint32_t)d->plain.size_bytes, error));
    TRY(buffer_append(&d->plain, value.data, value.size_bytes, error));
    TRY(push_u32(&d->hashes, hash, error));
    TRY(push_u32(&d->pages, 0, error));
    d->count++;
    return PQT_OK;
}

/* Finds the entry of the value, or makes one. */
static pqt_status find_entry(dictionary_encoder *d, pqt_view value, uint32_t hash,
                             uint32_t *out, pqt_error *error)
{
    if (2 * (d->count + 1) > u32_count(&d->slots)) {
        const size_t slots = u32_count(&d->slots);
        TRY(make_slots(d, slots ? slots * 2 : FIRST_SLOTS, error));
    }
    size_t at = hash & d->slot_mask;
    for (uint32_t slot; (slot = u32s(&d->slots)[at]) != 0; at = (at + 1) & d->slot_mask) {
        if (u32s(&d->hashes)[slot - 1] != hash ||
            !view_equal(dictionary_entry(d, slot - 1), value))
            continue;
        *out = slot - 1;
        return PQT_OK;
    }
    TRY(add_entry(d, value, hash, error));
    u32s(&d->slots)[at] = (uint32_t)d->count;
    *out = (uint32_t)d->count - 1;
    return PQT_OK;
}

/* A number's bits are its hash's only input: a multiply is enough. */
static uint32_t hash_value(pqt_view value, bool is_number)
{
    if (!is_number) return (uint32_t)hash_bytes64(value.data, value.size_bytes);
    const uint64_t bits =
        value.size_bytes == 8 ? load_u64le(value.data) : load_u32le(value.data);
    return (uint32_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static pqt_status note_in_page(dictionary_encoder *d, uint32_t entry, pqt_error *error)
{
    uint32_t *pages = u32s(&d->pages);
    if (pages[entry] == d->page + 1) return PQT_OK;
    pages[entry] = d->page + 1;
    return push_u32(&d->fresh, entry, error);
}

pqt_status dictionary_add(dictionary_encoder *d, const void *values, size_t count,
                          pqt_error *error)
{
    const bool is_number = d->value_bytes && d->type != PQT_FIXED_LEN_BYTE_ARRAY;
    TRY(buffer_reserve(&d->codes, count * sizeof(uint32_t), error));
    uint32_t *codes = u32s(&d->codes) + u32_count(&d->codes);
    pqt_view last = {0};
    uint32_t entry = 0;
    for (size_t i = 0; i < count; i++) {
        const pqt_view value =
            is_number
                ? view_of((const uint8_t *)values + i * d->value_bytes, d->value_bytes)
                : ((const pqt_view *)values)[i];
        if (i == 0 || !view_equal(value, last)) {
            TRY(find_entry(d, value, hash_value(value, is_number), &entry, error));
            TRY(note_in_page(d, entry, error));
            last = value;
        }
        codes[i] = entry;
    }
    d->codes.size_bytes += count * sizeof(uint32_t);
    return PQT_OK;
}

/*
 * As wide as the page's largest code, not the dictionary's: early codes are the frequent
 * ones. At least 1, as some readers refuse codes of no bits. Where a codec follows, codes
 * do not straddle bytes: it then finds what repeats in them.
 */
static unsigned code_width(const dictionary_encoder *d, bool is_compressed)
{
    const uint32_t *fresh = u32s(&d->fresh);
    uint32_t largest = 1;
    for (size_t i = 0; i < u32_count(&d->fresh); i++)
        if (fresh[i] > largest) largest = fresh[i];
    const unsigned width = bit_width_u64(largest);
    if (!is_compressed || width <= 2) return width;
    return width <= 4 ? 4 : (width + 7) / 8 * 8;
}

pqt_status dictionary_put_page(const dictionary_encoder *d, bool is_compressed,
                               buffer *out, pqt_error *error)
{
    const unsigned width = code_width(d, is_compressed);
    TRY(buffer_append_u8(out, (uint8_t)width, error));
    const rle_values codes = {u32s(&d->codes), u32_count(&d->codes), width,
                              is_compressed};
    return rle_encode(&codes, out, error);
}

void dictionary_end_page(dictionary_encoder *d)
{
    buffer_clear(&d->codes);
    buffer_clear(&d->fresh);
    d->page++;
}

pqt_status dictionary_finish_page(dictionary_encoder *d, bool is_compressed, buffer *out,
                                  pqt_error *error)
{
    TRY(dictionary_put_page(d, is_compressed, out, error));
    dictionary_end_page(d);
    return PQT_OK;
}

pqt_status dictionary_clear(dictionary_encoder *d, pqt_error *error)
{
    d->count = 0;
    d->page = 0;
    buffer *const all[] = {&d->plain, &d->offsets, &d->sizes, &d->hashes, &d->pages};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buffer_clear(all[i]);
    buffer_clear(&d->slots);
    return make_slots(d, FIRST_SLOTS, error);
}
