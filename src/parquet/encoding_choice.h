/* What encodings make of values, measured: which is the smallest, and whether a
 * dictionary pays. */
#ifndef PARQUET_ENCODING_CHOICE_H
#define PARQUET_ENCODING_CHOICE_H

#include "parquet/column_input.h"
#include "parquet/encoder.h"
#include "parquet/page_writer.h"

/* Values of a column, as encoder_kind.add has them. */
typedef struct encoding_sample {
    pqt_type type;
    size_t value_bytes; /* see encoder_value_bytes */
    codec_setting codec;
    const void *values;
    size_t count;
} encoding_sample;

/* Bytes that the values take in an encoding, compressed. */
pqt_status encoding_measure(const encoding_sample *sample, const encoder_kind *kind,
                            page_scratch *scratch, size_t *out, pqt_error *error);

/* Bytes that some bytes are compressed to. */
pqt_status encoding_compress(codec_setting codec, pqt_view bytes, page_scratch *scratch,
                             size_t *out, pqt_error *error);

/* What to choose by. */
typedef struct encoding_limits {
    bool portable;          /* see pqt_column_options */
    double expected_values; /* in the chunk */
    size_t dictionary_bytes;
} encoding_limits;

typedef struct encoding_choice {
    const encoder_kind *kind; /* with a dictionary: its fallback */
    bool has_dictionary;
} encoding_choice;

/*
 * Chooses the smallest encoding, among those that the common readers know for the type.
 * What a dictionary will take is projected from how it grows within the sample.
 */
pqt_status encoding_choose(const encoding_sample *sample, const encoding_limits *limits,
                           page_scratch *scratch, encoding_choice *out, pqt_error *error);

/*
 * How many entries a dictionary still gets in so many further steps, when it got
 * `previous` in the last step but one and `last` in the last: each step is as much less
 * than the one before as those two are.
 */
double encoding_project(double previous, double last, double steps);

#endif
