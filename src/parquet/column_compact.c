#include "parquet/column_compact.h"

#include "parquet/bits.h"

/* The bits from `at` (a multiple of 64) on, at most 64 and none behind `count`. */
static uint64_t load_bits(const uint8_t *bits, size_t at, size_t count)
{
    const size_t left = count - at;
    const size_t size_bytes = left < 64 ? (left + 7) / 8 : 8;
    uint64_t word = 0;
    for (size_t i = 0; i < size_bytes; i++) word |= (uint64_t)bits[at / 8 + i] << 8 * i;
    return left < 64 ? word & ((UINT64_C(1) << left) - 1) : word;
}

/* One body a width: moves elements whose bit is set to the front. */
#define DEFINE_COMPACT(name, type)                                         \
    static void name(void *array, const uint8_t *bits, size_t count)       \
    {                                                                      \
        type *values = array;                                              \
        size_t to = 0;                                                     \
        for (size_t at = 0; at < count; at += 64) {                        \
            uint64_t word = load_bits(bits, at, count);                    \
            for (; word; word &= word - 1)                                 \
                values[to++] = values[at + (size_t)__builtin_ctzll(word)]; \
        }                                                                  \
    }
DEFINE_COMPACT(compact_u8, uint8_t)
DEFINE_COMPACT(compact_u16, uint16_t)
DEFINE_COMPACT(compact_u32, uint32_t)
DEFINE_COMPACT(compact_u64, uint64_t)
DEFINE_COMPACT(compact_view, pqt_view)

static void compact(void *array, size_t element_bytes, const uint8_t *bits, size_t count)
{
    switch (element_bytes) {
    case 1:
        compact_u8(array, bits, count);
        break;
    case 2:
        compact_u16(array, bits, count);
        break;
    case 4:
        compact_u32(array, bits, count);
        break;
    case 8:
        compact_u64(array, bits, count);
        break;
    default:
        compact_view(array, bits, count);
    }
}

static size_t compact_validity(uint8_t *validity, const uint8_t *bits, size_t count)
{
    size_t to = 0, valid = 0;
    for (size_t at = 0; at < count; at += 64) {
        uint64_t word = load_bits(bits, at, count);
        for (; word; word &= word - 1, to++) {
            const bool is_valid = bits_get(validity, at + (size_t)__builtin_ctzll(word));
            const uint8_t mask = (uint8_t)(1u << to % 8);
            validity[to / 8] = is_valid ? (uint8_t)(validity[to / 8] | mask)
                                        : (uint8_t)(validity[to / 8] & ~mask);
            valid += is_valid;
        }
    }
    return valid;
}

/* All that the batch has a slot. */
static void compact_slots(column_reader *c, const uint8_t *bits, size_t kept)
{
    const size_t count = c->slot_count;
    if (c->slots.size_bytes > 0) compact(c->slots.data, c->slot_bytes, bits, count);
    if (c->codes.size_bytes > 0) compact(c->codes.data, sizeof(uint32_t), bits, count);
    if (c->definition_levels.size_bytes > 0)
        compact(c->definition_levels.data, sizeof(uint16_t), bits, count);
    if (c->is_nested) compact(c->repetition_levels.data, sizeof(uint16_t), bits, count);
    if (c->null_count > 0)
        c->null_count = (int64_t)(kept - compact_validity(c->validity.data, bits, count));
    c->slot_count = kept;
}

/* Rows of a nested column are entries up to the next of repetition level 0. */
static size_t mark_entries(const column_reader *c, const uint8_t *bits, uint8_t *entries)
{
    const uint16_t *repetition =
        (const uint16_t *)(const void *)c->repetition_levels.data;
    size_t row = 0, kept = 0;
    bool is_kept = false;
    for (size_t i = 0; i < c->slot_count; i++) {
        if (repetition[i] == 0) is_kept = bits_get(bits, row++);
        if (i % 8 == 0) entries[i / 8] = 0;
        entries[i / 8] |= (uint8_t)((unsigned)is_kept << i % 8);
        kept += is_kept;
    }
    return kept;
}

pqt_status column_compact(column_reader *c, const uint8_t *bits, size_t count,
                          pqt_error *error)
{
    if ((int64_t)count == c->batch_rows) return PQT_OK;
    c->batch_rows = (int64_t)count;
    if (!c->is_nested) {
        compact_slots(c, bits, count);
        return PQT_OK;
    }
    TRY(buffer_resize(&c->chosen, c->slot_count / 8 + 1, error));
    const size_t kept = mark_entries(c, bits, c->chosen.data);
    compact_slots(c, c->chosen.data, kept);
    return PQT_OK;
}

#define DEFINE_FILL(name, type)                                          \
    static void name(column_reader *c, const uint32_t *codes)            \
    {                                                                    \
        type *slots = (void *)c->slots.data;                             \
        const type *values = c->decoder.dictionary.values;               \
        for (size_t i = 0; i < c->slot_count; i++)                       \
            if (codes[i] != COLUMN_NO_CODE) slots[i] = values[codes[i]]; \
    }
DEFINE_FILL(fill_u8, uint8_t)
DEFINE_FILL(fill_u32, uint32_t)
DEFINE_FILL(fill_u64, uint64_t)
DEFINE_FILL(fill_view, pqt_view)

/* Codes of nulls are not codes any more, and their slots zero. */
static void clear_nulls(column_reader *c, uint32_t *codes)
{
    for (size_t i = 0; c->null_count > 0 && i < c->slot_count; i++) {
        if (bits_get(c->validity.data, i)) continue;
        memset(c->slots.data + i * c->slot_bytes, 0, c->slot_bytes);
        codes[i] = COLUMN_NO_CODE;
    }
}

void column_fill_codes(column_reader *c)
{
    uint32_t *codes = (void *)c->codes.data;
    if (!c->has_codes) return;
    c->has_codes = false;
    clear_nulls(c, codes);
    switch (c->slot_bytes) {
    case 1:
        fill_u8(c, codes);
        break;
    case 4:
        fill_u32(c, codes);
        break;
    case 8:
        fill_u64(c, codes);
        break;
    default:
        fill_view(c, codes);
    }
}
