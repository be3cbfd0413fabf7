/* A value of a column from its text, as people write it. */
#ifndef PARQUET_VALUE_PARSE_H
#define PARQUET_VALUE_PARSE_H

#include "base/buffer.h"
#include "pqt.h"

/* How a value was written. */
typedef enum value_form {
    VALUE_WORD, /* 12, -1.5e3, true */
    VALUE_TEXT, /* 'text', quotes taken away */
    VALUE_HEX   /* x'00ff', made into bytes */
} value_form;

/*
 * Appends the value as it is in memory (pqt_scan.h, pqt_predicate) to `out`. INVALID
 * where the text is no value of the column; the message says what is expected. LIMIT for
 * numbers of very many digits.
 */
pqt_status value_parse(const pqt_schema_node *node, value_form form, pqt_view text,
                       buffer *out, pqt_error *error);

/* Of dates, times and timestamps, in quotes: ISO 8601. */
pqt_status value_parse_time(const pqt_schema_node *node, pqt_view text, buffer *out,
                            pqt_error *error);

/* Whether value_parse_time has to do with the column. */
bool value_is_time(const pqt_schema_node *node);

/* 0 to 15; -1 for another character. */
int value_hex_digit(uint8_t c);

#endif
