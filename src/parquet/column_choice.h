/* What a column writer decides by measuring: its chunk's encoding, and how long a
 * dictionary pays. */
#ifndef PARQUET_COLUMN_CHOICE_H
#define PARQUET_COLUMN_CHOICE_H

#include "parquet/column_writer.h"

/* How many values a chunk's encoding is chosen by, at most. */
size_t column_sample_count(const pqt_writer_options *options);

/* Chooses the encoding by the values of the open page, which are in PLAIN, and encodes
 * them by it. */
pqt_status column_choose_encoding(column_writer *c, page_scratch *scratch,
                                  pqt_error *error);

/*
 * Looks at a page that goes by the dictionary before it is written. Where the fallback
 * would be smaller for what is left of the chunk, the page is the last that goes by it;
 * where the page is all of the chunk, it goes by the fallback itself.
 */
pqt_status column_judge_dictionary(column_writer *c, page_scratch *scratch,
                                   pqt_error *error);

#endif
