/* Days of the proleptic Gregorian calendar, counted from 1970-01-01. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>

#include "base/error.h"

enum { DATE_TEXT_BYTES = 40 };

/* The day's number; the parts must be valid (date_is_valid). */
int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t date, int *year, int *month, int *day);
bool date_is_valid(int year, int month, int day);

/* "2026-01-15" and NUL; years outside 0..9999 keep their sign and digits. */
void date_text(int32_t date, char text[DATE_TEXT_BYTES]);

/* Exactly YYYY-MM-DD of a day that exists; INVALID with the reason otherwise. */
pqt_status date_parse_iso(pqt_view text, int32_t *out, pqt_error *error);

/* INVALID where the first day is after the last. */
pqt_status date_check_range(int32_t first, int32_t last, pqt_error *error);

/* As a user writes it: YYYY-MM-DD, today, yesterday, -7d (days before `today`). */
pqt_status date_parse(const char *text, int32_t today, int32_t *out, pqt_error *error);

/* 0 Monday .. 6 Sunday. */
int date_weekday(int32_t date);

#endif
