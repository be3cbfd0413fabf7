/* The days that a command is about. */
#ifndef CLI_DAYS_H
#define CLI_DAYS_H

#include "cli/options.h"

typedef struct day_range {
    int32_t since;
    int32_t until; /* inclusive */
} day_range;

/*
 * From --since, --until and --days, where what the higher origin says wins;
 * `default_days` until yesterday (--live: today) where nothing does (0: then INVALID).
 * INVALID where they contradict each other.
 */
pqt_status days_choose(const struct options *o, int32_t default_days, day_range *out,
                       pqt_error *error);

/* For export: --date too, and days in the future or still open are refused. */
pqt_status days_choose_export(const struct options *o, day_range *out, pqt_error *error);

/* INVALID unless the day is over (in UTC, as the host counts) or --include-open is given
 * and it is today. */
pqt_status days_check_over(const struct options *o, int32_t until, pqt_error *error);

#endif
