/*
 * Any bytes as the values of a page. The first bytes choose encoding and type, the number
 * of values and how they are asked for. Read at once and in pieces with some skipped, the
 * values are the same; where a decoder as plain as Encodings.md reads is easily written,
 * they are those of that one, too.
 */
#include "base/view.h"
#include "fuzz_help.h"
#include "parquet/decoder.h"
#include "parquet/values.h"

enum { MOST = 4096, LIMIT_BYTES = 4 << 20, BUDGET_BYTES = 64 << 20, FIXED_BYTES = 5 };

static const struct {
    pqt_encoding encoding;
    pqt_type type;
} kinds[] = {
    {PQT_PLAIN, PQT_BOOLEAN},
    {PQT_PLAIN, PQT_INT32},
    {PQT_PLAIN, PQT_DOUBLE},
    {PQT_PLAIN, PQT_INT96},
    {PQT_PLAIN, PQT_BYTE_ARRAY},
    {PQT_PLAIN, PQT_FIXED_LEN_BYTE_ARRAY},
    {PQT_RLE, PQT_BOOLEAN},
    {PQT_DELTA_BINARY_PACKED, PQT_INT32},
    {PQT_DELTA_BINARY_PACKED, PQT_INT64},
    {PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_BYTE_ARRAY},
    {PQT_DELTA_BYTE_ARRAY, PQT_BYTE_ARRAY},
    {PQT_DELTA_BYTE_ARRAY, PQT_FIXED_LEN_BYTE_ARRAY},
    {PQT_BYTE_STREAM_SPLIT, PQT_FLOAT},
    {PQT_BYTE_STREAM_SPLIT, PQT_INT64},
    {PQT_BYTE_STREAM_SPLIT, PQT_FIXED_LEN_BYTE_ARRAY},
    {PQT_RLE_DICTIONARY, PQT_BOOLEAN},
    {PQT_RLE_DICTIONARY, PQT_INT32},
    {PQT_RLE_DICTIONARY, PQT_INT64},
    {PQT_RLE_DICTIONARY, PQT_BYTE_ARRAY},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A page to decode, and what was decoded of it. */
typedef struct page {
    pqt_encoding encoding;
    pqt_type type;
    size_t count;
    size_t dictionary_count;
    uint64_t steps; /* sizes of pieces, a nibble each, used round and round */
    pqt_view bytes;
} page;

typedef union slots {
    uint8_t bytes[MOST];
    int32_t int32s[MOST];
    int64_t int64s[MOST];
    pqt_view views[MOST];
} slots;

static union slots dictionary_values, whole, pieces;

/* Value k of the dictionary is k, or as many bytes. */
static dictionary make_dictionary(const page *p)
{
    static const uint8_t text[MOST];
    for (size_t i = 0; i < p->dictionary_count; i++) {
        if (p->type == PQT_BOOLEAN) dictionary_values.bytes[i] = i & 1;
        if (p->type == PQT_INT32) dictionary_values.int32s[i] = (int32_t)i;
        if (p->type == PQT_INT64) dictionary_values.int64s[i] = (int64_t)i;
        if (p->type == PQT_BYTE_ARRAY) dictionary_values.views[i] = (pqt_view){text, i};
    }
    return (dictionary){p->dictionary_count, &dictionary_values};
}

static pqt_status start(const page *p, decoder *d, pqt_error *error)
{
    d->type = p->type;
    d->value_bytes = decoder_value_bytes(p->type, FIXED_BYTES);
    d->limit_bytes = LIMIT_BYTES;
    d->count = p->count;
    d->dictionary = make_dictionary(p);
    if (decoder_find(p->encoding, p->type, &d->kind, error) != PQT_OK) abort();
    return d->kind->start(d, p->bytes, p->count, error);
}

/* What was given out can be read. */
static void touch_views(const pqt_view *views, size_t count)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!views[i].size_bytes) continue;
        sum = (uint8_t)(sum + views[i].data[0] + views[i].data[views[i].size_bytes - 1]);
    }
}

static bool is_view(pqt_type type)
{
    return values_slot_bytes(type) == sizeof(pqt_view);
}

static pqt_status decode_whole(const page *p, decoder *d)
{
    pqt_error error = {0};
    pqt_status status = start(p, d, &error);
    if (status == PQT_OK && p->count > 0)
        status = d->kind->decode(d, &whole, p->count, &error);
    fuzz_check_error(status, &error);
    if (status == PQT_OK && is_view(p->type)) touch_views(whole.views, p->count);
    return status;
}

static void compare(const page *p, size_t at, size_t count)
{
    const size_t slot_bytes = values_slot_bytes(p->type);
    const uint8_t *expected = (const uint8_t *)&whole + at * slot_bytes;
    if (!is_view(p->type)) {
        if (memcmp(expected, &pieces, count * slot_bytes) != 0) abort();
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!view_equal(whole.views[at + i], pieces.views[i])) abort();
}

/* In steps, every third one skipped; must be what it was at once. */
static void decode_pieces(const page *p, decoder *d, bool is_whole_good)
{
    pqt_error error = {0};
    pqt_status status = start(p, d, &error);
    size_t at = 0;
    for (int n = 0; status == PQT_OK && at < p->count; n++) {
        const size_t wanted = 1 + ((p->steps >> n % 16 * 4) & 15) * ((size_t)n % 40 + 1);
        const size_t step = wanted < p->count - at ? wanted : p->count - at;
        const bool skips = n % 3 == 1;
        status = skips ? d->kind->skip(d, step, &error)
                       : d->kind->decode(d, &pieces, step, &error);
        if (status == PQT_OK && !skips && is_whole_good) compare(p, at, step);
        at += step;
    }
    fuzz_check_error(status, &error);
    if (is_whole_good && status != PQT_OK) abort();
}

/* --- Plain decoders of two encodings --- */

static uint64_t take_bits(const uint8_t *bytes, size_t first, unsigned width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++)
        value |= (uint64_t)(bytes[(first + i) / 8] >> (first + i) % 8 & 1) << i;
    return value;
}

/* One run of the hybrid, of which a last packed one may be cut; false where there is
 * none. */
static bool plain_run(cursor *c, unsigned width, uint64_t *out, size_t *at, size_t count)
{
    uint64_t head;
    pqt_view bytes;
    if (!cursor_varint(c, &head)) return false;
    if (!(head & 1)) {
        if (!cursor_bytes(c, (width + 7) / 8, &bytes)) return false;
        /* Whole bytes, also above the width. */
        const uint64_t value = take_bits(bytes.data, 0, (width + 7) / 8 * 8);
        for (uint64_t i = 0; i < head >> 1 && *at < count; i++) out[(*at)++] = value;
        return true;
    }
    const uint64_t groups = head >> 1;
    if (groups > UINT64_MAX / 64) return false;
    const size_t left = cursor_left(c);
    cursor_bytes(c, groups * width < left ? (size_t)(groups * width) : left, &bytes);
    for (uint64_t i = 0; i < groups * 8 && *at < count; i++) {
        if ((i + 1) * width > bytes.size_bytes * 8) break;
        out[(*at)++] = take_bits(bytes.data, (size_t)i * width, width);
    }
    return true;
}

static bool plain_hybrid(cursor c, unsigned width, uint64_t *out, size_t count)
{
    size_t at = 0;
    while (at < count)
        if (!plain_run(&c, width, out, &at, count)) return false;
    return true;
}

/* Codes below the dictionary's size. */
static bool plain_codes(const page *p, uint64_t *out)
{
    cursor c = cursor_of(p->bytes);
    uint8_t width;
    if (p->count == 0) return true;
    if (!cursor_u8(&c, &width) || width > 32 || !plain_hybrid(c, width, out, p->count))
        return false;
    for (size_t i = 0; i < p->count; i++)
        if (out[i] >= p->dictionary_count) return false;
    return true;
}

/* DELTA_BINARY_PACKED; the last miniblock may be cut behind its last value. */
static bool plain_miniblock(cursor *c, unsigned width, size_t values, size_t wanted,
                            uint64_t least, uint64_t *last, uint64_t *out)
{
    pqt_view bytes;
    const size_t whole_bytes = values / 8 * width, left = cursor_left(c);
    if (width > 64 || (wanted * width + 7) / 8 > left) return false;
    cursor_bytes(c, whole_bytes < left ? whole_bytes : left, &bytes);
    for (size_t i = 0; i < wanted; i++)
        out[i] = *last += least + take_bits(bytes.data, i * width, width);
    return true;
}

static bool plain_delta(const page *p, uint64_t *out)
{
    cursor c = cursor_of(p->bytes);
    uint64_t block_values, minis, total, first, least;
    pqt_view widths;
    if (p->count == 0) return true;
    if (!cursor_varint(&c, &block_values) || !cursor_varint(&c, &minis) ||
        !cursor_varint(&c, &total) || !cursor_varint(&c, &first) || block_values == 0 ||
        block_values > UINT32_MAX || minis == 0 || block_values % minis ||
        block_values / minis % 32 || total > INT32_MAX || total < p->count)
        return false;
    uint64_t last = (uint64_t)zigzag_decode(first);
    out[0] = last;
    for (size_t at = 1; at < p->count;) {
        if (!cursor_varint(&c, &least) || !cursor_bytes(&c, (size_t)minis, &widths))
            return false;
        for (size_t m = 0; m < minis && at < p->count; m++) {
            const size_t values = (size_t)(block_values / minis);
            const size_t in_page =
                (size_t)total - at < values ? (size_t)total - at : values;
            const size_t wanted = p->count - at < in_page ? p->count - at : in_page;
            if ((in_page * widths.data[m] + 7) / 8 > cursor_left(&c) ||
                !plain_miniblock(&c, widths.data[m], values, wanted,
                                 (uint64_t)zigzag_decode(least), &last, out + at))
                return false;
            at += wanted;
        }
    }
    return true;
}

/* Good or not as the plain decoder says, and the same numbers. */
static void compare_with_plain(const page *p, bool is_good)
{
    static uint64_t expected[MOST];
    const bool codes = p->encoding == PQT_RLE_DICTIONARY;
    if (!codes && p->encoding != PQT_DELTA_BINARY_PACKED) return;
    const bool plain_is_good =
        codes ? plain_codes(p, expected) : plain_delta(p, expected);
    if (plain_is_good != is_good) abort();
    for (size_t i = 0; is_good && i < p->count; i++) {
        if (p->type == PQT_INT32 && whole.int32s[i] != (int32_t)expected[i]) abort();
        if (p->type == PQT_INT64 && whole.int64s[i] != (int64_t)expected[i]) abort();
        if (p->type == PQT_BOOLEAN && whole.bytes[i] != (expected[i] & 1)) abort();
        if (p->type == PQT_BYTE_ARRAY && whole.views[i].size_bytes != expected[i])
            abort();
    }
}

static page choose(pqt_view data)
{
    cursor input = cursor_of(data);
    const size_t kind = fuzz_u8(&input) % KINDS;
    page p = {.encoding = kinds[kind].encoding,
              .type = kinds[kind].type,
              .count = fuzz_u16(&input) % (MOST + 1),
              .dictionary_count = fuzz_u16(&input) % (MOST + 1)};
    for (int i = 0; i < 8; i++) p.steps = p.steps << 8 | fuzz_u8(&input);
    p.bytes = fuzz_rest(&input);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    block_pool blocks = {.allocator = &allocator};
    decoder d = {.blocks = &blocks};
    d.lengths.allocator = d.prefix_lengths.allocator = &allocator;
    d.previous_bytes.allocator = &allocator;
    const page p = choose((pqt_view){data, size});
    const bool is_good = decode_whole(&p, &d) == PQT_OK;
    compare_with_plain(&p, is_good);
    /* The values decoded at once show the first pool's blocks. */
    block_pool more = {.allocator = &allocator};
    d.blocks = &more;
    decode_pieces(&p, &d, is_good);
    decoder_free(&d);
    block_pool_free(&blocks);
    block_pool_free(&more);
    fuzz_budget_end(&budget);
    return 0;
}
