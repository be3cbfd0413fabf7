#include "parquet/column_choice.h"

#include "base/cursor.h"
#include "parquet/bit_pack.h"
#include "parquet/bits.h"
#include "parquet/encoding_choice.h"
#include "parquet/values.h"

enum { SAMPLE_LEAST = 4096, SAMPLE_MOST = 8192, SAMPLE_SHARE = 128 };

/* A small part of the row group, so that trying costs little. */
size_t column_sample_count(const pqt_writer_options *options)
{
    const int64_t count = options->row_group_rows / SAMPLE_SHARE;
    return count < SAMPLE_LEAST  ? SAMPLE_LEAST
           : count > SAMPLE_MOST ? SAMPLE_MOST
                                 : (size_t)count;
}

static encoding_sample sample_of(const column_writer *c, const void *values, size_t count)
{
    return (encoding_sample){.type = c->leaf->type,
                             .value_bytes = c->values.value_bytes,
                             .codec = c->format.codec,
                             .values = values,
                             .count = count};
}

/* --- Choosing --- */

static void show_byte_arrays(const uint8_t *plain, size_t count, pqt_view *out)
{
    for (size_t i = 0; i < count; i++) {
        const size_t size_bytes = load_u32le(plain);
        out[i] = view_of(plain + 4, size_bytes);
        plain += 4 + size_bytes;
    }
}

/* Values that are PLAIN as arrays; `scratch` may hold them. */
static pqt_status show_plain(const column_writer *c, const buffer *plain, size_t count,
                             buffer *scratch, const void **out, pqt_error *error)
{
    const pqt_type type = c->leaf->type;
    TRY(buffer_resize(scratch, count * values_slot_bytes(type) + 1, error));
    *out = scratch->data;
    if (type == PQT_BOOLEAN) {
        for (size_t i = 0; i < count; i++) scratch->data[i] = bits_get(plain->data, i);
    } else if (type == PQT_BYTE_ARRAY) {
        show_byte_arrays(plain->data, count, (pqt_view *)(void *)scratch->data);
    } else if (type == PQT_FIXED_LEN_BYTE_ARRAY) {
        const size_t width = c->values.value_bytes;
        pqt_view *views = (pqt_view *)(void *)scratch->data;
        for (size_t i = 0; i < count; i++)
            views[i] = view_of(plain->data + i * width, width);
    } else {
        *out = plain->data;
    }
    return PQT_OK;
}

/* As many values a row as there were so far. */
static double expected_values(const column_writer *c, size_t count)
{
    if (c->is_ending || c->page_rows == 0) return (double)count;
    const double values_a_row = (double)count / (double)c->page_rows;
    const double all = (double)c->options->row_group_rows * values_a_row;
    if (count == 0) return 1; /* some may come */
    return all > (double)count ? all : (double)count;
}

/* The values leave the PLAIN encoder, whose memory then is the next encoding's. */
static size_t take_sample(column_writer *c, buffer *sample)
{
    const size_t count = c->values.count;
    *sample = c->values.bytes;
    c->values.bytes = (buffer){.allocator = sample->allocator};
    c->values.count = 0;
    c->page_bytes = column_level_bytes(c, c->page_entries);
    return count;
}

static pqt_status choose(column_writer *c, const buffer *sample_bytes, size_t count,
                         page_scratch *scratch, pqt_error *error)
{
    const encoding_limits limits = {
        .portable = c->column->portable,
        .expected_values = expected_values(c, count),
        .dictionary_bytes = c->options->dictionary_limit_bytes};
    const void *values = NULL;
    encoding_choice choice;
    TRY(show_plain(c, sample_bytes, count, &scratch->dense, &values, error));
    const encoding_sample sample = sample_of(c, values, count);
    TRY(encoding_choose(&sample, &limits, scratch, &choice, error));
    c->values.kind = choice.kind;
    c->is_coded = choice.has_dictionary;
    c->info.encoding = choice.kind->encoding;
    return column_writer_store(c, values, count, error);
}

pqt_status column_choose_encoding(column_writer *c, page_scratch *scratch,
                                  pqt_error *error)
{
    buffer sample;
    const size_t count = take_sample(c, &sample);
    c->is_sampling = false;
    const pqt_status status = choose(c, &sample, count, scratch, error);
    buffer_free(&sample);
    return status;
}

/* --- Judging a dictionary --- */

static size_t code_count(const dictionary_encoder *d)
{
    return d->codes.size_bytes / sizeof(uint32_t);
}

/* Whether the page brought so many new entries that it takes a look: codes and entries
 * are half of the values or more. */
static bool is_dubious(const column_writer *c)
{
    const dictionary_encoder *d = &c->dictionary;
    const size_t count = code_count(d);
    const size_t plain_bytes = c->leaf->type == PQT_BYTE_ARRAY
                                   ? (size_t)c->page_array_bytes + 4 * count
                                   : c->values.value_bytes * count;
    const size_t new_bytes = d->plain.size_bytes - c->dictionary_before.plain_bytes;
    const size_t code_bytes = count * bit_width_u64(d->count) / 8;
    return 2 * (new_bytes + code_bytes) > plain_bytes;
}

/* The page's values, which its codes stand for, in scratch->dense. */
static pqt_status show_coded(const column_writer *c, page_scratch *scratch,
                             pqt_error *error)
{
    const dictionary_encoder *d = &c->dictionary;
    const uint32_t *codes = (const uint32_t *)(const void *)d->codes.data;
    const size_t width = values_slot_bytes(c->leaf->type);
    const bool is_view = c->leaf->type >= PQT_BYTE_ARRAY;
    const size_t count = code_count(d);
    TRY(buffer_resize(&scratch->dense, count * width + 1, error));
    for (size_t i = 0; i < count; i++) {
        const pqt_view value = dictionary_entry(d, codes[i]);
        const void *from = is_view ? (const void *)&value : value.data;
        memcpy(scratch->dense.data + i * width, from, width);
    }
    return PQT_OK;
}

/* What the page takes both ways. */
typedef struct page_trial {
    size_t code_bytes;
    size_t entry_bytes; /* of the entries that are new in it */
    size_t fallback_bytes;
} page_trial;

static pqt_status try_page(column_writer *c, page_scratch *scratch, page_trial *out,
                           pqt_error *error)
{
    const dictionary_encoder *d = &c->dictionary;
    const codec_setting codec = c->format.codec;
    const size_t before = c->dictionary_before.plain_bytes;
    const pqt_view entries = {d->plain.data + before, d->plain.size_bytes - before};
    buffer_clear(&scratch->raw);
    TRY(dictionary_put_page(d, c->values.is_compressed, &scratch->raw, error));
    TRY(encoding_compress(codec, buffer_view(&scratch->raw), scratch, &out->code_bytes,
                          error));
    TRY(encoding_compress(codec, entries, scratch, &out->entry_bytes, error));
    TRY(show_coded(c, scratch, error));
    const encoding_sample sample = sample_of(c, scratch->dense.data, code_count(d));
    return encoding_measure(&sample, c->values.kind, scratch, &out->fallback_bytes,
                            error);
}

/* Whether going on is no smaller than the fallback, by how the dictionary grows from page
 * to page. One that will be full is judged by this page alone. */
static bool does_not_pay(const column_writer *c, const page_trial *t)
{
    const dictionary_encoder *d = &c->dictionary;
    const double rows_left =
        (double)(c->options->row_group_rows - c->chunk_rows - c->page_rows);
    const double steps = rows_left / (double)c->page_rows;
    const double growth = (double)(d->count - c->dictionary_before.entries);
    const double previous = (double)c->dictionary_before.growth;
    const double coming = encoding_project(previous, growth, steps);
    const double plain_bytes =
        (double)d->plain.size_bytes * (1 + coming / (double)d->count);
    const double here = (double)(t->code_bytes + t->entry_bytes);
    if (growth == 0 || plain_bytes > (double)c->options->dictionary_limit_bytes)
        return here >= (double)t->fallback_bytes;
    return coming * (double)t->entry_bytes / growth + steps * (double)t->code_bytes >=
           steps * (double)t->fallback_bytes;
}

/* The values of the only page are encoded anew, and the dictionary forgotten. */
static pqt_status fall_back_now(column_writer *c, page_scratch *scratch, pqt_error *error)
{
    const size_t count = code_count(&c->dictionary);
    TRY(show_coded(c, scratch, error));
    c->is_coded = false;
    TRY(column_writer_store(c, scratch->dense.data, count, error));
    dictionary_end_page(&c->dictionary);
    return PQT_OK;
}

static void remember_growth(column_writer *c)
{
    const dictionary_encoder *d = &c->dictionary;
    c->dictionary_before.growth = d->count - c->dictionary_before.entries;
    c->dictionary_before.entries = d->count;
    c->dictionary_before.plain_bytes = d->plain.size_bytes;
}

/* The first page tells nothing of how the dictionary grows; then the pages that are tried
 * get rarer. */
static bool is_page_tried(int32_t page)
{
    return page == 2 || page == 8 || page % 32 == 0;
}

pqt_status column_judge_dictionary(column_writer *c, page_scratch *scratch,
                                   pqt_error *error)
{
    const int32_t page = c->info.dictionary_coded_pages + 1;
    const bool is_only = page == 1 && c->is_ending;
    const bool is_turn = is_page_tried(page) && !c->is_ending;
    page_trial trial;
    if ((is_only || is_turn) && is_dubious(c)) {
        TRY(try_page(c, scratch, &trial, error));
        if (is_only && trial.code_bytes + trial.entry_bytes >= trial.fallback_bytes)
            return fall_back_now(c, scratch, error);
        if (is_turn) c->is_giving_up = does_not_pay(c, &trial);
    }
    remember_growth(c);
    return PQT_OK;
}
