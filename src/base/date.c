#include "base/date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts years from March, so that the leap day is a year's last. */
int32_t date_from_civil(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int year_of_era = y - era * 400;
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void date_to_civil(int32_t date, int *year, int *month, int *day)
{
    const int64_t z = (int64_t)date + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int day_of_era = (int)(z - era * 146097);
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

bool date_is_valid(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

void date_text(int32_t date, char text[DATE_TEXT_BYTES])
{
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    snprintf(text, DATE_TEXT_BYTES, "%04d-%02d-%02d", year, month, day);
}

/* Up to 4 digits at `text`; -1 where one is none. */
static int parse_digits(const uint8_t *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

pqt_status date_parse_iso(pqt_view text, int32_t *out, pqt_error *error)
{
    const uint8_t *t = text.data;
    const bool shaped = text.size_bytes == 10 && t[4] == '-' && t[7] == '-';
    const int year = shaped ? parse_digits(t, 4) : -1;
    const int month = shaped ? parse_digits(t + 5, 2) : -1;
    const int day = shaped ? parse_digits(t + 8, 2) : -1;
    const int shown = text.size_bytes > 40 ? 40 : (int)text.size_bytes;
    if (year < 0 || month < 0 || day < 0)
        return error_set(error, PQT_INVALID, "'%.*s' is not a date like 2026-01-15",
                         shown, text.size_bytes ? (const char *)t : "");
    if (!date_is_valid(year, month, day))
        return error_set(error, PQT_INVALID, "there is no day %.*s in the calendar",
                         shown, (const char *)t);
    *out = date_from_civil(year, month, day);
    return PQT_OK;
}

/* "-7d": days before today, at most 100,000. */
static bool parse_days_ago(const char *text, int32_t *days)
{
    if (text[0] != '-' || !isdigit((unsigned char)text[1])) return false;
    char *end;
    const long value = strtol(text + 1, &end, 10);
    if (strcmp(end, "d") != 0 || value > 100000) return false;
    *days = (int32_t)value;
    return true;
}

pqt_status date_check_range(int32_t first, int32_t last, pqt_error *error)
{
    char first_text[DATE_TEXT_BYTES], last_text[DATE_TEXT_BYTES];
    if (first <= last) return PQT_OK;
    date_text(first, first_text);
    date_text(last, last_text);
    return error_set(error, PQT_INVALID, "the first day %s is after the last, %s",
                     first_text, last_text);
}

pqt_status date_parse(const char *text, int32_t today, int32_t *out, pqt_error *error)
{
    int32_t days;
    if (strcmp(text, "today") == 0)
        *out = today;
    else if (strcmp(text, "yesterday") == 0)
        *out = today - 1;
    else if (parse_days_ago(text, &days))
        *out = today - days;
    else if (date_parse_iso((pqt_view){(const uint8_t *)text, strlen(text)}, out,
                            error) != PQT_OK)
        return error_set(error, PQT_INVALID,
                         "'%.40s' is not a day: expected one that exists, as 2026-01-15, "
                         "or today, yesterday, -7d",
                         text);
    return PQT_OK;
}

int date_weekday(int32_t date)
{
    const int day = (int)(((int64_t)date + 3) % 7);
    return day < 0 ? day + 7 : day;
}
