/* Dates, times and timestamps from ISO 8601. */
#include "base/cursor.h"
#include "base/date.h"
#include "parquet/value_parse.h"

enum { DATE_CHARACTERS = 10, JULIAN_DAY_1970 = 2440588, MOST_DIGITS = 9 };

static const int64_t units_per_second[] = {
    [PQT_MILLIS] = 1000, [PQT_MICROS] = 1000000, [PQT_NANOS] = 1000000000};

bool value_is_time(const pqt_schema_node *node)
{
    return node->type == PQT_INT96 || node->logical.kind == PQT_LOGICAL_DATE ||
           node->logical.kind == PQT_LOGICAL_TIME ||
           node->logical.kind == PQT_LOGICAL_TIMESTAMP;
}

/* A clock's time: seconds of the day, and nanoseconds of the second. */
typedef struct clock_time {
    int64_t seconds;
    int64_t nanos;
} clock_time;

static bool take_character(cursor *c, char wanted)
{
    if (cursor_left(c) == 0 || *c->at != (uint8_t)wanted) return false;
    c->at++;
    return true;
}

static bool take_two_digits(cursor *c, int64_t most, int64_t *out)
{
    if (cursor_left(c) < 2) return false;
    const unsigned tens = c->at[0] - '0', ones = c->at[1] - '0';
    if (tens > 9 || ones > 9 || tens * 10 + ones > (unsigned)most) return false;
    *out = tens * 10 + ones;
    c->at += 2;
    return true;
}

/* Digits behind the point, at most nine. */
static bool take_fraction(cursor *c, int64_t *nanos)
{
    int digits = 0;
    *nanos = 0;
    for (; cursor_left(c) > 0 && digits < MOST_DIGITS; digits++, c->at++) {
        const unsigned digit = *c->at - (unsigned)'0';
        if (digit > 9) break;
        *nanos = *nanos * 10 + digit;
    }
    const bool is_there = digits > 0;
    for (; digits < MOST_DIGITS; digits++) *nanos *= 10;
    return is_there;
}

/* HH:MM, HH:MM:SS, HH:MM:SS.fraction */
static bool take_clock(cursor *c, clock_time *out)
{
    int64_t hours, minutes, seconds = 0;
    *out = (clock_time){0};
    if (!take_two_digits(c, 23, &hours) || !take_character(c, ':') ||
        !take_two_digits(c, 59, &minutes))
        return false;
    if (take_character(c, ':')) {
        if (!take_two_digits(c, 59, &seconds)) return false;
        if (take_character(c, '.') && !take_fraction(c, &out->nanos)) return false;
    }
    out->seconds = hours * 3600 + minutes * 60 + seconds;
    return true;
}

/* Z, +HH:MM, -HH:MM or nothing; *seconds east of UTC. */
static bool take_zone(cursor *c, bool *has_zone, int64_t *seconds)
{
    int64_t hours = 0, minutes = 0;
    *seconds = 0;
    *has_zone = true;
    if (take_character(c, 'Z') || take_character(c, 'z')) return true;
    const bool is_east = take_character(c, '+');
    if (!is_east && !take_character(c, '-')) {
        *has_zone = false;
        return true;
    }
    if (!take_two_digits(c, 23, &hours) || !take_character(c, ':') ||
        !take_two_digits(c, 59, &minutes))
        return false;
    *seconds = (is_east ? 1 : -1) * (hours * 3600 + minutes * 60);
    return true;
}

/* The number of `unit`s; INVALID where there are too many or a part of one is left. */
static pqt_status in_units(int64_t seconds, int64_t nanos, pqt_time_unit unit,
                           int64_t *out, pqt_error *error)
{
    const int64_t units = units_per_second[unit], nanos_per_unit = 1000000000 / units;
    if (nanos % nanos_per_unit != 0)
        return error_set(error, PQT_INVALID, "finer than the column, which has %s",
                         unit == PQT_MILLIS ? "milliseconds" : "microseconds");
    if (__builtin_mul_overflow(seconds, units, out) ||
        __builtin_add_overflow(*out, nanos / nanos_per_unit, out))
        return error_set(error, PQT_INVALID, "outside of what the column can hold");
    return PQT_OK;
}

static pqt_status append_integer(const pqt_schema_node *node, int64_t number, buffer *out,
                                 pqt_error *error)
{
    uint8_t bytes[8];
    store_u64le(bytes, (uint64_t)number);
    return buffer_append(out, bytes, node->type == PQT_INT32 ? 4 : 8, error);
}

static pqt_status parse_time(const pqt_schema_node *node, pqt_view text, buffer *out,
                             pqt_error *error)
{
    cursor c = cursor_of(text);
    clock_time time;
    int64_t number = 0;
    const bool is_time = take_clock(&c, &time);
    if (node->logical.is_utc && !take_character(&c, 'Z')) take_character(&c, 'z');
    if (!is_time || cursor_left(&c) > 0)
        return error_set(error, PQT_INVALID, "expected a time as '23:59:59.999'");
    TRY(in_units(time.seconds, time.nanos, node->logical.unit, &number, error));
    return append_integer(node, number, out, error);
}

/* Days and the day's seconds, in UTC or, for a column of local times, on the wall. */
typedef struct instant {
    int32_t day;
    clock_time time;
    int64_t east; /* seconds */
    bool has_zone;
} instant;

static pqt_status parse_instant(pqt_view text, instant *out, pqt_error *error)
{
    *out = (instant){0};
    if (text.size_bytes < DATE_CHARACTERS)
        return error_set(error, PQT_INVALID,
                         "expected a timestamp as '2026-01-15T23:59:59.999Z'");
    const pqt_view date = {text.data, DATE_CHARACTERS};
    TRY(date_parse_iso(date, &out->day, error));
    cursor c = cursor_of(text);
    c.at += DATE_CHARACTERS;
    if (cursor_left(&c) == 0) return PQT_OK;
    const bool is_between =
        take_character(&c, 'T') || take_character(&c, 't') || take_character(&c, ' ');
    if (is_between && take_clock(&c, &out->time) &&
        take_zone(&c, &out->has_zone, &out->east) && cursor_left(&c) == 0)
        return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "expected a timestamp as '2026-01-15T23:59:59.999Z'");
}

static pqt_status append_int96(const instant *at, buffer *out, pqt_error *error)
{
    uint8_t bytes[12];
    int64_t seconds = at->time.seconds - at->east;
    int64_t day = at->day + (int64_t)JULIAN_DAY_1970;
    if (seconds < 0 || seconds >= 86400) {
        day += seconds < 0 ? -1 : 1;
        seconds += seconds < 0 ? 86400 : -86400;
    }
    if (day < 0)
        return error_set(error, PQT_INVALID, "outside of what the column can hold");
    store_u64le(bytes, (uint64_t)(seconds * 1000000000 + at->time.nanos));
    store_u32le(bytes + 8, (uint32_t)day);
    return buffer_append(out, bytes, sizeof bytes, error);
}

static pqt_status parse_timestamp(const pqt_schema_node *node, pqt_view text, buffer *out,
                                  pqt_error *error)
{
    instant at;
    int64_t number = 0;
    TRY(parse_instant(text, &at, error));
    if (node->type == PQT_INT96) return append_int96(&at, out, error);
    if (at.has_zone && !node->logical.is_utc)
        return error_set(error, PQT_INVALID,
                         "the column has local times: expected one without a zone");
    const int64_t seconds = (int64_t)at.day * 86400 + at.time.seconds - at.east;
    TRY(in_units(seconds, at.time.nanos, node->logical.unit, &number, error));
    return append_integer(node, number, out, error);
}

pqt_status value_parse_time(const pqt_schema_node *node, pqt_view text, buffer *out,
                            pqt_error *error)
{
    int32_t day;
    if (node->logical.kind == PQT_LOGICAL_TIME) return parse_time(node, text, out, error);
    if (node->logical.kind != PQT_LOGICAL_DATE)
        return parse_timestamp(node, text, out, error);
    TRY(date_parse_iso(text, &day, error));
    return append_integer(node, day, out, error);
}
