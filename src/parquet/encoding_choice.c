#include "parquet/encoding_choice.h"

#include "parquet/bit_pack.h"
#include "parquet/values.h"

pqt_status encoding_compress(codec_setting codec, pqt_view bytes, page_scratch *scratch,
                             size_t *out, pqt_error *error)
{
    *out = bytes.size_bytes;
    if (codec.codec == PQT_UNCOMPRESSED) return PQT_OK;
    buffer_clear(&scratch->compressed);
    TRY(codec_compress(&scratch->codec, codec, bytes, &scratch->compressed, error));
    *out = scratch->compressed.size_bytes;
    return PQT_OK;
}

pqt_status encoding_measure(const encoding_sample *sample, const encoder_kind *kind,
                            page_scratch *scratch, size_t *out, pqt_error *error)
{
    encoder *e = &scratch->trial;
    e->kind = kind;
    e->type = sample->type;
    e->value_bytes = sample->value_bytes;
    e->is_compressed = sample->codec.codec != PQT_UNCOMPRESSED;
    buffer_clear(&scratch->raw);
    TRY(kind->add(e, sample->values, sample->count, error));
    TRY(kind->finish(e, &scratch->raw, error));
    return encoding_compress(sample->codec, buffer_view(&scratch->raw), scratch, out,
                             error);
}

/* By squaring: no function of a library, whose last bit may differ. */
static double power(double base, uint64_t exponent)
{
    double result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

double encoding_project(double previous, double last, double steps)
{
    if (last <= 0 || steps <= 0) return 0;
    const double ratio = previous > last ? last / previous : 1;
    if (ratio > 0.999) return last * steps;
    const uint64_t whole = steps < 1e6 ? (uint64_t)(steps + 0.5) : 1000000;
    return last * ratio * (1 - power(ratio, whole)) / (1 - ratio);
}

/* What a dictionary of the sample is like. */
typedef struct dictionary_trial {
    size_t entries_of_half; /* that the first half of the values has */
    size_t entries;
    size_t plain_bytes; /* of the dictionary, before compression */
    size_t entry_bytes; /* and behind it */
    size_t code_bytes;
} dictionary_trial;

static pqt_status try_dictionary(const encoding_sample *sample, page_scratch *scratch,
                                 dictionary_trial *out, pqt_error *error)
{
    const bool is_compressed = sample->codec.codec != PQT_UNCOMPRESSED;
    const size_t width = values_slot_bytes(sample->type);
    const size_t half = sample->count / 2;
    const uint8_t *values = sample->values;
    dictionary_encoder *d = &scratch->trial_dictionary;
    d->type = sample->type;
    d->value_bytes = sample->value_bytes;
    TRY(dictionary_clear(d, error));
    TRY(dictionary_add(d, values, half, error));
    out->entries_of_half = d->count;
    TRY(dictionary_add(d, values + half * width, sample->count - half, error));
    out->entries = d->count;
    out->plain_bytes = d->plain.size_bytes;
    buffer_clear(&scratch->raw);
    TRY(dictionary_finish_page(d, is_compressed, &scratch->raw, error));
    TRY(encoding_compress(sample->codec, buffer_view(&scratch->raw), scratch,
                          &out->code_bytes, error));
    return encoding_compress(sample->codec, buffer_view(&d->plain), scratch,
                             &out->entry_bytes, error);
}

/*
 * Bytes a value with a dictionary. Where it will not get too large, for the whole chunk:
 * most of a dictionary is at its beginning; else as in the sample.
 */
static double dictionary_cost(const encoding_sample *sample,
                              const encoding_limits *limits, const dictionary_trial *t)
{
    const double count = (double)sample->count;
    const double entries = (double)t->entries;
    const double half = (double)t->entries_of_half;
    const double steps = (limits->expected_values - count) / (count / 2);
    const double all = entries + encoding_project(half, entries - half, steps);
    const double here = (double)(t->entry_bytes + t->code_bytes) / count;
    if (steps <= 0 ||
        all * (double)t->plain_bytes / entries > (double)limits->dictionary_bytes)
        return here;
    const double width =
        (double)bit_width_u64((uint64_t)all | 1) / (double)bit_width_u64(t->entries | 1);
    return all * (double)t->entry_bytes / entries / limits->expected_values +
           (double)t->code_bytes * width / count;
}

/* Those that DuckDB and polars do not read for the type are left to who asks for them. */
static bool is_candidate(const encoder_kind *kind, pqt_type type, bool portable)
{
    if (kind->encoding == PQT_PLAIN) return true;
    if (portable) return false;
    if (kind->encoding == PQT_BYTE_STREAM_SPLIT)
        return type == PQT_FLOAT || type == PQT_DOUBLE;
    return kind->encoding != PQT_DELTA_BYTE_ARRAY || type == PQT_BYTE_ARRAY;
}

/* PLAIN, unless another is smaller by more than the noise of a sample. */
static pqt_status choose_kind(const encoding_sample *sample, bool portable,
                              page_scratch *scratch, const encoder_kind **out,
                              double *cost, pqt_error *error)
{
    static const pqt_encoding encodings[] = {
        PQT_PLAIN,
        PQT_RLE,
        PQT_DELTA_BINARY_PACKED,
        PQT_DELTA_LENGTH_BYTE_ARRAY,
        PQT_DELTA_BYTE_ARRAY,
        PQT_BYTE_STREAM_SPLIT,
    };
    *out = NULL;
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        const encoder_kind *kind = encoder_find(encodings[i], sample->type);
        if (!kind || !is_candidate(kind, sample->type, portable)) continue;
        size_t bytes;
        TRY(encoding_measure(sample, kind, scratch, &bytes, error));
        const double found = (double)bytes / (double)sample->count;
        if (*out && found >= *cost * 0.98) continue;
        *out = kind;
        *cost = found;
    }
    return PQT_OK;
}

pqt_status encoding_choose(const encoding_sample *sample, const encoding_limits *limits,
                           page_scratch *scratch, encoding_choice *out, pqt_error *error)
{
    const bool may_be_coded = sample->type != PQT_BOOLEAN;
    if (sample->count == 0) { /* nulls so far; what will come is not known */
        *out = (encoding_choice){encoder_find(PQT_PLAIN, sample->type),
                                 may_be_coded && limits->expected_values > 0};
        return PQT_OK;
    }
    encoding_choice choice = {NULL, false};
    double cost = 0;
    TRY(choose_kind(sample, limits->portable, scratch, &choice.kind, &cost, error));
    if (may_be_coded) {
        dictionary_trial trial;
        TRY(try_dictionary(sample, scratch, &trial, error));
        choice.has_dictionary = dictionary_cost(sample, limits, &trial) < cost;
    }
    *out = choice;
    return PQT_OK;
}
