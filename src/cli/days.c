#include "cli/days.h"

#include "base/date.h"
#include "base/error.h"

/* Whether `id` counts beside since and until: not where those come from a higher origin.
 */
static bool outranks(const struct options *o, enum option_id id)
{
    return o->origins[id] > o->origins[OPTION_SINCE] &&
           o->origins[id] > o->origins[OPTION_UNTIL];
}

static bool ties(const struct options *o, enum option_id id)
{
    return option_given(o, id) && (o->origins[id] == o->origins[OPTION_SINCE] ||
                                   o->origins[id] == o->origins[OPTION_UNTIL]);
}

static pqt_status check_order(day_range range, pqt_error *error)
{
    if (range.since <= range.until) return PQT_OK;
    char since[DATE_TEXT_BYTES], until[DATE_TEXT_BYTES];
    date_text(range.since, since);
    date_text(range.until, until);
    return error_set(error, PQT_INVALID,
                     "the range ends before it begins: --since %s --until %s", since,
                     until);
}

pqt_status days_choose(const struct options *o, int32_t default_days, day_range *out,
                       pqt_error *error)
{
    const bool has_since = option_given(o, OPTION_SINCE);
    const bool has_until = option_given(o, OPTION_UNTIL);
    const int32_t newest = o->live ? o->today : o->today - 1;
    if (ties(o, OPTION_DAYS))
        return error_set(
            error, PQT_INVALID,
            "--days says another range than --since and --until; give one of "
            "them");
    if (outranks(o, OPTION_DAYS)) {
        *out = (day_range){newest - (int32_t)o->days + 1, newest};
        return PQT_OK;
    }
    if (!has_since && default_days == 0)
        return error_set(error, PQT_INVALID,
                         "which days? as --days 90, or --since 2026-01-01 --until "
                         "2026-01-31");
    day_range range = {.until = has_until ? o->until : newest};
    if (!has_until && has_since && o->since > newest) range.until = o->since;
    range.since = has_since ? o->since : range.until - default_days + 1;
    TRY(check_order(range, error));
    *out = range;
    return PQT_OK;
}

pqt_status days_check_over(const struct options *o, int32_t until, pqt_error *error)
{
    char last[DATE_TEXT_BYTES], today[DATE_TEXT_BYTES];
    date_text(until, last);
    date_text(o->today, today);
    if (until > o->today)
        return error_set(error, PQT_INVALID, "%s is in the future; today is %s (UTC)",
                         last, today);
    if (until == o->today && !o->include_open)
        return error_set(
            error, PQT_INVALID,
            "%s is not over yet (UTC); --include-open exports what there is, "
            "the next export adds the rest",
            last);
    return PQT_OK;
}

pqt_status days_choose_export(const struct options *o, day_range *out, pqt_error *error)
{
    if (ties(o, OPTION_DATE))
        return error_set(
            error, PQT_INVALID,
            "--date says another range than --since and --until; give one of "
            "them");
    day_range range;
    if (outranks(o, OPTION_DATE))
        range = (day_range){o->date, o->date};
    else
        TRY(days_choose(o, 1, &range, error));
    TRY(days_check_over(o, range.until, error));
    *out = range;
    return PQT_OK;
}
