#include "parquet/column_slots.h"

#include "parquet/spread.h"

enum { VALUES_LIMIT_BYTES = 1 << 30, FIRST_SLOTS_BYTES = 1 << 20 };

pqt_status column_slots_reserve(column_reader *c, row_ranges rows, pqt_error *error)
{
    uint64_t count = 1;
    for (size_t i = 0; i < rows.count; i++)
        count += (uint64_t)(rows.ranges[i].end - rows.ranges[i].first);
    const size_t most = FIRST_SLOTS_BYTES / c->slot_bytes;
    return buffer_reserve(&c->slots,
                          (count < most ? (size_t)count : most) * c->slot_bytes, error);
}

static pqt_status make_slots(column_reader *c, size_t more, pqt_error *error)
{
    const uint64_t wanted = ((uint64_t)c->slot_count + more) * c->slot_bytes;
    if (wanted > VALUES_LIMIT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "values of more than %d bytes at once; read fewer rows",
                         VALUES_LIMIT_BYTES);
    return buffer_resize(&c->slots, (size_t)wanted, error);
}

/* Values were decoded one behind the other, from the batch's next slot on. */
static void spread(const column_reader *c, void *slots, size_t slot_bytes, size_t count,
                   size_t valid)
{
    spread_values(&(spreading){.slots = slots,
                               .slot_bytes = slot_bytes,
                               .count = count,
                               .valid = valid,
                               .validity = c->validity.data,
                               .at = c->slot_count});
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
    if (valid < count) spread(c, codes, sizeof *codes, count, valid);
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
    if (valid < count) spread(c, slots, c->slot_bytes, count, valid);
    if (valid > 0 && d->kind->shows_page && c->slot_bytes == sizeof(pqt_view))
        page_reader_show(&c->pages, &c->page);
    return PQT_OK;
}
