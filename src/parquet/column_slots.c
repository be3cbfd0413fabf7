#include "parquet/column_slots.h"

#include "parquet/bits.h"

enum { VALUES_LIMIT_BYTES = 1 << 30, FIRST_SLOTS_BYTES = 1 << 18 };

static pqt_status make_slots(column_reader *c, size_t more, pqt_error *error)
{
    const uint64_t wanted = ((uint64_t)c->slot_count + more) * c->slot_bytes;
    if (wanted > VALUES_LIMIT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "values of more than %d bytes at once; read fewer rows",
                         VALUES_LIMIT_BYTES);
    if (wanted > c->slots.capacity_bytes && wanted < FIRST_SLOTS_BYTES)
        TRY(buffer_reserve(&c->slots, FIRST_SLOTS_BYTES - c->slots.size_bytes, error));
    return buffer_resize(&c->slots, (size_t)wanted, error);
}

/* Values were decoded one behind the other; moves each to its slot, from the last on. */
#define DEFINE_SPREAD(name, type)                                                   \
    static void name(void *slots, const uint8_t *validity, size_t at, size_t count, \
                     size_t valid)                                                  \
    {                                                                               \
        type *values = slots;                                                       \
        for (size_t i = count; i-- > 0;) {                                          \
            if (bits_get(validity, at + i))                                         \
                values[i] = values[--valid];                                        \
            else                                                                    \
                memset(&values[i], 0, sizeof values[i]);                            \
        }                                                                           \
    }
DEFINE_SPREAD(spread_u8, uint8_t)
DEFINE_SPREAD(spread_u32, uint32_t)
DEFINE_SPREAD(spread_u64, uint64_t)
DEFINE_SPREAD(spread_view, pqt_view)

static void spread(const column_reader *c, void *slots, size_t count, size_t valid)
{
    const uint8_t *validity = c->validity.data;
    if (valid == 0) {
        memset(slots, 0, count * c->slot_bytes);
        return;
    }
    switch (c->slot_bytes) {
    case 1:
        spread_u8(slots, validity, c->slot_count, count, valid);
        break;
    case 4:
        spread_u32(slots, validity, c->slot_count, count, valid);
        break;
    case 8:
        spread_u64(slots, validity, c->slot_count, count, valid);
        break;
    default:
        spread_view(slots, validity, c->slot_count, count, valid);
    }
}

/* Codes in place of values; the slots are filled when it is known which are wanted. */
static pqt_status fill_codes(column_reader *c, size_t count, size_t valid,
                             bool *are_codes, pqt_error *error)
{
    *are_codes = valid > 0 && c->decoder.kind == &dictionary_decoder;
    TRY(buffer_resize(&c->codes, (c->slot_count + count) * sizeof(uint32_t), error));
    uint32_t *codes = (uint32_t *)(void *)c->codes.data + c->slot_count;
    c->has_codes |= *are_codes;
    c->has_slots |= !*are_codes;
    if (!*are_codes) {
        memset(codes, 0xff, count * sizeof *codes);
        return PQT_OK;
    }
    TRY(dictionary_decode_codes(&c->decoder, codes, valid, error));
    if (valid < count) spread_u32(codes, c->validity.data, c->slot_count, count, valid);
    return PQT_OK;
}

pqt_status column_slots_fill(column_reader *c, size_t count, size_t valid,
                             pqt_error *error)
{
    decoder *d = &c->decoder;
    bool are_codes = false;
    TRY(make_slots(c, count, error));
    if (c->wants_codes) TRY(fill_codes(c, count, valid, &are_codes, error));
    if (are_codes) return PQT_OK;
    void *slots = c->slots.data + c->slot_count * c->slot_bytes;
    if (valid > 0) TRY(d->kind->decode(d, slots, valid, error));
    if (valid < count) spread(c, slots, count, valid);
    if (valid > 0 && d->kind->shows_page && c->slot_bytes == sizeof(pqt_view))
        page_reader_show(&c->pages, &c->page);
    return PQT_OK;
}
