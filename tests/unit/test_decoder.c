/* Every encoding of values: naive encoders, our encoders, and damaged pages. */
#include "parquet/decoder.h"

#include <stdlib.h>

#include "naive_encode.h"
#include "parquet/encoder.h"

enum { MOST = 700, TEXT_BYTES = 300 };

/* A page's values in memory, as the decoders give them out. */
struct values {
    pqt_type type;
    size_t value_bytes; /* in the page; 0: texts of any length */
    size_t count;
    uint8_t booleans[MOST];
    int64_t numbers[MOST]; /* the bits of all fixed widths to 8 */
    uint8_t texts[MOST][TEXT_BYTES];
    pqt_view views[MOST];
};

static pqt_error error;

/* Numbers near each other, far apart, and at the ends of the type. */
static int64_t make_number(uint64_t *random, int64_t before, size_t value_bytes)
{
    int64_t value;
    switch (below(random, 5)) {
    case 0:
        value = (int64_t)naive_random(random);
        break;
    case 1:
        value = below(random, 2) ? INT64_MIN : INT64_MAX;
        break;
    case 2:
        value = before;
        break;
    default:
        value = (int64_t)((uint64_t)before + below(random, 200) - 100);
    }
    if (value_bytes == 4 && below(random, 8) == 0)
        value = below(random, 2) ? INT32_MIN : INT32_MAX;
    return value_bytes == 4 ? (int32_t)value : value;
}

static void make_text(struct values *v, size_t at, uint64_t *random)
{
    size_t shared = at ? below(random, v->views[at - 1].size_bytes + 1) : 0;
    size_t size = v->value_bytes     ? v->value_bytes
                  : below(random, 3) ? below(random, 20)
                                     : below(random, TEXT_BYTES);
    if (at && !v->value_bytes && below(random, 3) == 0)
        shared = size = v->views[at - 1].size_bytes; /* again */
    if (shared > size) shared = size;
    for (size_t i = 0; i < size; i++)
        v->texts[at][i] =
            i < shared ? v->texts[at - 1][i] : (uint8_t)naive_random(random);
    v->views[at] = view_of(v->texts[at], size);
}

static void make_values(struct values *v, pqt_type type, size_t value_bytes, size_t count,
                        uint64_t *random)
{
    v->type = type;
    v->value_bytes = value_bytes;
    v->count = count;
    for (size_t i = 0; i < count; i++) {
        v->booleans[i] = (uint8_t)below(random, 2);
        v->numbers[i] = make_number(random, i ? v->numbers[i - 1] : 0, value_bytes);
        make_text(v, i, random);
    }
}

/* --- Naive encoders --- */

static void encode_plain(buffer *out, const struct values *v, uint64_t *random)
{
    (void)random;
    if (v->type == PQT_BOOLEAN) {
        uint64_t bits[MOST];
        for (size_t i = 0; i < v->count; i++) bits[i] = v->booleans[i];
        put_packed(out, bits, v->count, v->count, 1);
        return;
    }
    for (size_t i = 0; i < v->count; i++) {
        if (v->type == PQT_BYTE_ARRAY) put_number(out, v->views[i].size_bytes, 4);
        if (v->type >= PQT_BYTE_ARRAY || v->type == PQT_INT96)
            put_bytes(out, v->views[i].data, v->views[i].size_bytes);
        else
            put_number(out, (uint64_t)v->numbers[i], v->value_bytes);
    }
}

static void encode_rle_boolean(buffer *out, const struct values *v, uint64_t *random)
{
    uint32_t bits[MOST];
    buffer runs = {0};
    for (size_t i = 0; i < v->count; i++) bits[i] = v->booleans[i];
    put_hybrid(&runs, bits, v->count, 1, random);
    put_number(out, runs.size_bytes, 4);
    put_bytes(out, runs.data, runs.size_bytes);
    buffer_free(&runs);
}

static void encode_delta(buffer *out, const struct values *v, uint64_t *random)
{
    static const size_t blocks[][2] = {{128, 4}, {128, 1}, {256, 8}, {1024, 2}, {384, 3}};
    const size_t *shape = blocks[below(random, 5)];
    put_delta(out, v->numbers, v->count, (unsigned)v->value_bytes * 8, shape[0],
              shape[1]);
}

static void encode_delta_length(buffer *out, const struct values *v, uint64_t *random)
{
    int64_t lengths[MOST];
    for (size_t i = 0; i < v->count; i++) lengths[i] = (int64_t)v->views[i].size_bytes;
    put_lengths(out, lengths, v->count, random);
    for (size_t i = 0; i < v->count; i++)
        put_bytes(out, v->views[i].data, v->views[i].size_bytes);
}

/* Prefixes need not be as long as they could be. */
static void encode_delta_byte_array(buffer *out, const struct values *v, uint64_t *random)
{
    int64_t prefixes[MOST], suffixes[MOST];
    for (size_t i = 0; i < v->count; i++) {
        size_t shared = 0;
        while (i && shared < v->views[i].size_bytes &&
               shared < v->views[i - 1].size_bytes &&
               v->texts[i][shared] == v->texts[i - 1][shared])
            shared++;
        if (below(random, 4) == 0) shared = below(random, shared + 1);
        prefixes[i] = (int64_t)shared;
        suffixes[i] = (int64_t)(v->views[i].size_bytes - shared);
    }
    put_lengths(out, prefixes, v->count, random);
    put_lengths(out, suffixes, v->count, random);
    for (size_t i = 0; i < v->count; i++)
        put_bytes(out, v->views[i].data + prefixes[i], (size_t)suffixes[i]);
}

static void encode_split(buffer *out, const struct values *v, uint64_t *random)
{
    buffer plain = {0};
    encode_plain(&plain, v, random);
    for (size_t k = 0; k < v->value_bytes; k++)
        for (size_t i = 0; i < v->count; i++)
            put_byte(out, plain.data[i * v->value_bytes + k]);
    buffer_free(&plain);
}

static const struct {
    pqt_encoding encoding;
    pqt_type type;
    size_t value_bytes;
    void (*encode)(buffer *out, const struct values *v, uint64_t *random);
} encodings[] = {
    {PQT_PLAIN, PQT_BOOLEAN, 1, encode_plain},
    {PQT_PLAIN, PQT_INT32, 4, encode_plain},
    {PQT_PLAIN, PQT_INT64, 8, encode_plain},
    {PQT_PLAIN, PQT_FLOAT, 4, encode_plain},
    {PQT_PLAIN, PQT_DOUBLE, 8, encode_plain},
    {PQT_PLAIN, PQT_INT96, 12, encode_plain},
    {PQT_PLAIN, PQT_BYTE_ARRAY, 0, encode_plain},
    {PQT_PLAIN, PQT_FIXED_LEN_BYTE_ARRAY, 7, encode_plain},
    {PQT_RLE, PQT_BOOLEAN, 1, encode_rle_boolean},
    {PQT_DELTA_BINARY_PACKED, PQT_INT32, 4, encode_delta},
    {PQT_DELTA_BINARY_PACKED, PQT_INT64, 8, encode_delta},
    {PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_BYTE_ARRAY, 0, encode_delta_length},
    {PQT_DELTA_BYTE_ARRAY, PQT_BYTE_ARRAY, 0, encode_delta_byte_array},
    {PQT_DELTA_BYTE_ARRAY, PQT_FIXED_LEN_BYTE_ARRAY, 16, encode_delta_byte_array},
    {PQT_BYTE_STREAM_SPLIT, PQT_INT32, 4, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_INT64, 8, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_FLOAT, 4, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_DOUBLE, 8, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_FIXED_LEN_BYTE_ARRAY, 2, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_FIXED_LEN_BYTE_ARRAY, 3, encode_split},
    {PQT_BYTE_STREAM_SPLIT, PQT_FIXED_LEN_BYTE_ARRAY, 16, encode_split},
};
enum { ENCODINGS = sizeof encodings / sizeof *encodings };

/* --- Decoding --- */

struct page {
    decoder decoder;
    block_pool blocks;
    uint8_t *bytes; /* exactly as many as there are */
};

static pqt_status start_page(struct page *p, size_t kind, pqt_view bytes, size_t count)
{
    decoder *d = &p->decoder;
    p->bytes = malloc(bytes.size_bytes ? bytes.size_bytes : 1);
    if (bytes.size_bytes) memcpy(p->bytes, bytes.data, bytes.size_bytes);
    d->blocks = &p->blocks;
    d->type = encodings[kind].type;
    d->value_bytes =
        encodings[kind].type == PQT_BOOLEAN ? 0 : encodings[kind].value_bytes;
    d->limit_bytes = 1 << 20;
    d->count = count;
    assert_ok(decoder_find(encodings[kind].encoding, d->type, &d->kind, &error));
    return d->kind->start(d, view_of(p->bytes, bytes.size_bytes), count, &error);
}

static void end_page(struct page *p)
{
    decoder_free(&p->decoder);
    block_pool_free(&p->blocks);
    free(p->bytes);
    *p = (struct page){0};
}

static void assert_values(const struct values *v, size_t at, const void *slots,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t n = at + i;
        uint32_t four;
        uint64_t eight;
        switch (v->type) {
        case PQT_BOOLEAN:
            assert_int_equal(((const uint8_t *)slots)[i], v->booleans[n]);
            break;
        case PQT_INT32:
        case PQT_FLOAT:
            memcpy(&four, (const uint8_t *)slots + 4 * i, 4);
            assert_int_equal(four, (uint32_t)v->numbers[n]);
            break;
        case PQT_INT64:
        case PQT_DOUBLE:
            memcpy(&eight, (const uint8_t *)slots + 8 * i, 8);
            assert_true(eight == (uint64_t)v->numbers[n]);
            break;
        default:
            assert_true(view_equal(((const pqt_view *)slots)[i], v->views[n]));
        }
    }
}

/* All values in pieces of random sizes, some skipped. */
static void decode_and_compare(struct page *p, const struct values *v, uint64_t *random)
{
    static pqt_view slots[MOST]; /* large and aligned enough for every type */
    decoder *d = &p->decoder;
    for (size_t at = 0; at < v->count;) {
        const size_t step = 1 + below(random, v->count - at);
        if (below(random, 3) == 0) {
            assert_ok((d->kind->skip)(d, step, &error));
        } else {
            assert_ok(d->kind->decode(d, slots, step, &error));
            assert_values(v, at, slots, step);
        }
        at += step;
    }
}

static void naive_pages_are_decoded(void **state)
{
    (void)state;
    static struct values v;
    uint64_t random = 11;
    for (size_t kind = 0; kind < ENCODINGS; kind++)
        for (int round = 0; round < 60; round++) {
            struct page p = {0};
            buffer out = {0};
            const size_t count = round == 0 ? 0 : round == 1 ? 1 : below(&random, MOST);
            make_values(&v, encodings[kind].type, encodings[kind].value_bytes, count,
                        &random);
            encodings[kind].encode(&out, &v, &random);
            assert_ok(start_page(&p, kind, buffer_view(&out), count));
            decode_and_compare(&p, &v, &random);
            end_page(&p);
            buffer_free(&out);
        }
}

static const void *values_of(const struct values *v)
{
    static int32_t narrow[MOST];
    if (v->type == PQT_BOOLEAN) return v->booleans;
    if (v->type >= PQT_BYTE_ARRAY) return v->views;
    if (v->value_bytes == 8) return v->numbers;
    for (size_t i = 0; i < v->count; i++) narrow[i] = (int32_t)v->numbers[i];
    return narrow;
}

static void pages_of_our_encoders_are_decoded(void **state)
{
    (void)state;
    static struct values v;
    uint64_t random = 12;
    for (size_t kind = 0; kind < ENCODINGS; kind++) {
        const encoder_kind *writes =
            encoder_find(encodings[kind].encoding, encodings[kind].type);
        for (int round = 0; writes && round < 20; round++) {
            struct page p = {0};
            encoder e;
            buffer out = {0};
            make_values(&v, encodings[kind].type, encodings[kind].value_bytes,
                        below(&random, MOST), &random);
            encoder_init(&e, writes, v.type, (int32_t)v.value_bytes, NULL);
            assert_ok(writes->add(&e, values_of(&v), v.count, &error));
            assert_ok(writes->finish(&e, &out, &error));
            assert_ok(start_page(&p, kind, buffer_view(&out), v.count));
            decode_and_compare(&p, &v, &random);
            end_page(&p);
            encoder_free(&e);
            buffer_free(&out);
        }
    }
}

/* Whether `count` values can be had; the bytes behind the page's end are never read. */
static bool can_decode(size_t kind, pqt_view bytes, size_t count)
{
    static pqt_view slots[MOST];
    struct page p = {0};
    const bool started = start_page(&p, kind, bytes, count) == PQT_OK;
    const bool decoded =
        started && p.decoder.kind->decode(&p.decoder, slots, count, &error) == PQT_OK;
    uint64_t sum = 0; /* looks at every byte that was given out */
    for (size_t i = 0; decoded && p.decoder.type >= PQT_BYTE_ARRAY && i < count; i++)
        for (size_t b = 0; b < slots[i].size_bytes; b++) sum += slots[i].data[b];
    end_page(&p);
    return decoded && sum < UINT64_MAX;
}

static void cut_pages_are_refused(void **state)
{
    (void)state;
    static struct values v;
    uint64_t random = 13;
    for (size_t kind = 0; kind < ENCODINGS; kind++) {
        buffer out = {0};
        make_values(&v, encodings[kind].type, encodings[kind].value_bytes, 90, &random);
        encodings[kind].encode(&out, &v, &random);
        assert_true(can_decode(kind, buffer_view(&out), v.count));
        /* The last bytes may be padding of a last run or miniblock. */
        const size_t padding = encodings[kind].encoding == PQT_RLE ? 80
                               : encodings[kind].encoding == PQT_DELTA_BINARY_PACKED
                                   ? 8192
                                   : 0;
        for (size_t size = 0; size < out.size_bytes; size++)
            if (can_decode(kind, view_of(out.data, size), v.count) &&
                out.size_bytes - size > padding)
                fail_msg("encoding %d of type %d: %zu of %zu bytes gave all values",
                         encodings[kind].encoding, encodings[kind].type, size,
                         out.size_bytes);
        buffer_free(&out);
    }
}

/* Any damage gives an error or other values, never a crash or a read out of bounds. */
static void damaged_pages_do_no_harm(void **state)
{
    (void)state;
    static struct values v;
    uint64_t random = 14;
    for (size_t kind = 0; kind < ENCODINGS; kind++)
        for (int round = 0; round < 300; round++) {
            buffer out = {0};
            make_values(&v, encodings[kind].type, encodings[kind].value_bytes, 40,
                        &random);
            encodings[kind].encode(&out, &v, &random);
            for (size_t hits = 1 + below(&random, 4); hits > 0; hits--)
                out.data[below(&random,
                               round % 2 ? out.size_bytes : out.size_bytes / 8 + 1)] =
                    (uint8_t)naive_random(&random);
            can_decode(kind, buffer_view(&out), 40);
            buffer_free(&out);
        }
}

static size_t find_kind(pqt_encoding encoding, pqt_type type)
{
    for (size_t i = 0; i < ENCODINGS; i++)
        if (encodings[i].encoding == encoding && encodings[i].type == type) return i;
    fail_msg("no such encoding");
    return 0;
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const struct {
        pqt_encoding encoding;
        pqt_type type;
        size_t count;
        size_t size;
        const char *bytes;
    } cases[] = {
        /* blocks of 0; 0 miniblocks; not dividing; not of 32s; more values than said */
        {PQT_DELTA_BINARY_PACKED, PQT_INT32, 2, 4, "\x00\x04\x02\x00"},
        {PQT_DELTA_BINARY_PACKED, PQT_INT32, 2, 5, "\x80\x01\x00\x02\x00"},
        {PQT_DELTA_BINARY_PACKED, PQT_INT32, 2, 5, "\x80\x01\x03\x02\x00"},
        {PQT_DELTA_BINARY_PACKED, PQT_INT32, 2, 5, "\x80\x01\x08\x02\x00"},
        {PQT_DELTA_BINARY_PACKED, PQT_INT32, 3, 7, "\x80\x01\x04\x02\x00\x02\x00"},
        /* a width of 65 bits; a block size that overflows */
        {PQT_DELTA_BINARY_PACKED, PQT_INT64, 2, 10,
         "\x80\x01\x04\x02\x00\x00\x41\x00\x00\x00"},
        {PQT_DELTA_BINARY_PACKED, PQT_INT64, 2, 12,
         "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x02"},
        /* one value of -1 bytes; of 5 where 1 is left */
        {PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_BYTE_ARRAY, 1, 6, "\x80\x01\x04\x01\x01x"},
        {PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_BYTE_ARRAY, 1, 6, "\x80\x01\x04\x01\x0ax"},
        /* two lengths for one value */
        {PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_BYTE_ARRAY, 1, 10,
         "\x80\x01\x04\x02\x00\x00\x00\x00\x00\x00"},
        /* the first value has a prefix */
        {PQT_DELTA_BYTE_ARRAY, PQT_BYTE_ARRAY, 1, 11,
         "\x80\x01\x04\x01\x02\x80\x01\x04\x01\x02x"},
        /* a text of 2^32 - 1 bytes; one longer than the page */
        {PQT_PLAIN, PQT_BYTE_ARRAY, 1, 5, "\xff\xff\xff\xffx"},
        {PQT_PLAIN, PQT_BYTE_ARRAY, 1, 5, "\x02\x00\x00\x00x"},
        /* runs said to be longer than the page */
        {PQT_RLE, PQT_BOOLEAN, 1, 6, "\x03\x00\x00\x00\x02\x01"},
        {PQT_BYTE_STREAM_SPLIT, PQT_INT32, 2, 7, "1234567"},
        {PQT_BYTE_STREAM_SPLIT, PQT_INT32, 1, 5, "12345"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (can_decode(find_kind(cases[i].encoding, cases[i].type),
                       view_of(cases[i].bytes, cases[i].size), cases[i].count))
            fail_msg("case %zu was decoded", i);
}

/* Prefixes make much of little: values of a page beyond the limit are refused. */
static void values_beyond_the_limit_are_refused(void **state)
{
    (void)state;
    enum { VALUES = 600, LONG = 2000 };
    int64_t prefixes[VALUES], suffixes[VALUES];
    uint64_t random = 15;
    buffer out = {0};
    for (size_t i = 0; i < VALUES; i++) {
        prefixes[i] = i ? LONG : 0;
        suffixes[i] = i ? (int64_t)(i % 2) : LONG;
        if (i % 2 == 0 && i) prefixes[i] = LONG - 1;
    }
    put_lengths(&out, prefixes, VALUES, &random);
    put_lengths(&out, suffixes, VALUES, &random);
    for (size_t i = 0; i < LONG + VALUES; i++) put_byte(&out, 'x');
    struct page p = {0};
    static pqt_view slots[VALUES];
    const size_t kind = find_kind(PQT_DELTA_BYTE_ARRAY, PQT_BYTE_ARRAY);
    pqt_status status = start_page(&p, kind, buffer_view(&out), VALUES);
    if (status == PQT_OK)
        status = p.decoder.kind->decode(&p.decoder, slots, VALUES, &error);
    assert_true(status == PQT_LIMIT || status == PQT_CORRUPT);
    end_page(&p);
    buffer_free(&out);
}

static void decoders_are_found_for_their_types_only(void **state)
{
    (void)state;
    for (int encoding = -1; encoding < 12; encoding++)
        for (int type = 0; type < 8; type++) {
            const decoder_kind *kind = NULL;
            bool known =
                encoding == PQT_RLE_DICTIONARY || encoding == PQT_PLAIN_DICTIONARY;
            for (size_t i = 0; i < ENCODINGS; i++)
                known = known || ((int)encodings[i].encoding == encoding &&
                                  (int)encodings[i].type == type);
            const pqt_status status =
                decoder_find((pqt_encoding)encoding, (pqt_type)type, &kind, &error);
            if ((status == PQT_OK) != known)
                fail_msg("encoding %d, type %d: %s", encoding, type, error.message);
        }
}

/* --- Dictionary --- */

static void codes_stand_for_the_dictionarys_values(void **state)
{
    (void)state;
    enum { ENTRIES = 200 };
    int64_t entries[ENTRIES], slots[MOST];
    uint32_t codes[MOST];
    uint64_t random = 16;
    for (size_t i = 0; i < ENTRIES; i++) entries[i] = (int64_t)naive_random(&random);
    for (int round = 0; round < 100; round++) {
        const size_t known = 1 + below(&random, ENTRIES);
        const unsigned width = width_of(known - 1) + (unsigned)below(&random, 3);
        const bool is_bad = round % 4 == 3 && known < 1u << width;
        const size_t count = 1 + below(&random, MOST - 1);
        buffer out = {0};
        for (size_t i = 0; i < count; i++) codes[i] = (uint32_t)below(&random, known);
        if (is_bad) codes[below(&random, count)] = (uint32_t)known;
        put_byte(&out, width);
        put_hybrid(&out, codes, count, width, &random);
        decoder d = {.type = PQT_INT64, .dictionary = {known, entries}};
        assert_ok(decoder_find(PQT_RLE_DICTIONARY, PQT_INT64, &d.kind, &error));
        assert_ok(d.kind->start(&d, buffer_view(&out), count, &error));
        if (is_bad) {
            assert_fails(d.kind->decode(&d, slots, count, &error), PQT_CORRUPT, "code");
        } else {
            const size_t skipped = below(&random, count);
            assert_ok((d.kind->skip)(&d, skipped, &error));
            assert_ok(d.kind->decode(&d, slots, count - skipped, &error));
            for (size_t i = skipped; i < count; i++)
                assert_true(slots[i - skipped] == entries[codes[i]]);
        }
        decoder_free(&d);
        buffer_free(&out);
    }
    decoder d = {.type = PQT_INT64, .dictionary = {1, entries}};
    assert_ok(decoder_find(PQT_PLAIN_DICTIONARY, PQT_INT64, &d.kind, &error));
    assert_fails(d.kind->start(&d, view_of("\x21", 1), 1, &error), PQT_CORRUPT,
                 "33 bits");
    assert_fails(d.kind->start(&d, view_of("", 0), 1, &error), PQT_CORRUPT, "no codes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naive_pages_are_decoded),
        cmocka_unit_test(pages_of_our_encoders_are_decoded),
        cmocka_unit_test(cut_pages_are_refused),
        cmocka_unit_test(damaged_pages_do_no_harm),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(values_beyond_the_limit_are_refused),
        cmocka_unit_test(decoders_are_found_for_their_types_only),
        cmocka_unit_test(codes_stand_for_the_dictionarys_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
