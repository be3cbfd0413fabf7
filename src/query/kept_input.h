/*
 * A data file of a store that is far, read in few rounds: ranges that are wanted soon are
 * fetched together, and what opening the file reads (footer, page indexes, project
 * directory) is remembered in the store's cache, where it has one.
 *
 * One thread at a time, but for reads that only find what page fetching brought. Memory:
 * the ranges fetched until they are dropped; while a file is being opened, what is
 * remembered of it, at most KEPT_MOST_BYTES, and what is new.
 */
#ifndef QUERY_KEPT_INPUT_H
#define QUERY_KEPT_INPUT_H

#include "store/store.h"

typedef struct kept_input kept_input;

enum { KEPT_MOST_BYTES = 16 << 20 };

/* Opens the object, which must be known as store_open_known wants it. `*kept` lives until
 * `input` is released, which the caller does (pqt_reader_open takes it over). */
pqt_status kept_input_open(store *s, const store_object *object, kept_input **kept,
                           pqt_input *input, pqt_error *error);

/* From here to kept_input_end all that is read is remembered, and found from an earlier
 * time, unless `anew`: then it takes that one's place. */
void kept_input_begin(kept_input *kept, bool anew);
void kept_input_end(kept_input *kept);

/* Ranges of a file, in any order; those of length 0 are left out. They are rearranged. */
typedef struct kept_fetch {
    kept_input *kept;
    pqt_byte_range *ranges;
    size_t count;
} kept_fetch;

/* Brings ranges of files of one store in one round; they are found by reads until
 * kept_input_drop, or kept_input_end. Nobody else may use the files meanwhile. */
pqt_status kept_input_fetch(kept_fetch *fetches, size_t count, pqt_error *error);
void kept_input_drop(kept_input *kept);

#endif
