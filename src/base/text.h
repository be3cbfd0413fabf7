/* Numbers and text as people read them. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>

#include "base/buffer.h"

enum { SHORT_TEXT_BYTES = 40 };

/* 1234567 as "1,234,567". */
void text_count(int64_t value, char text[SHORT_TEXT_BYTES]);
/* 57912345 as "57.9 MB"; units of 1000. */
void text_bytes(int64_t bytes, char text[SHORT_TEXT_BYTES]);
/* "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
void text_duration(int64_t time_us, char text[SHORT_TEXT_BYTES]);

/*
 * Appends the text so that a terminal shows it and nothing else: control characters,
 * bytes that are no UTF-8 and characters that turn the direction of text come out as
 * \xHH.
 */
pqt_status text_append_printable(buffer *out, pqt_view text, pqt_error *error);

/* The same for a sentence, which is one line: a newline with the blanks around it, as
 * PostgreSQL's messages have them, becomes "; ". */
pqt_status text_append_sentence(buffer *out, pqt_view text, pqt_error *error);

/* Appends a value of CSV, in quotes where it must be. */
pqt_status text_append_csv(buffer *out, pqt_view text, pqt_error *error);

/* How many cells of a terminal printable text takes. */
size_t text_width(pqt_view text);

/* How many of its bytes fit in `cells`, whole characters only. */
size_t text_fitting_bytes(pqt_view text, size_t cells);

#endif
