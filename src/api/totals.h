/* What the archive holds, added up from the log. */
#ifndef API_TOTALS_H
#define API_TOTALS_H

#include "query/scan.h"

enum { RECENT_DAYS = 30 };

typedef struct archive_totals {
    int64_t rows;
    int64_t views; /* of files that tell */
    uint64_t size_bytes;
    int32_t file_count;
    uint64_t recent_bytes; /* of files with dates in the last RECENT_DAYS days that have
                              any */
    int32_t recent_days;   /* how many those are; 0: no file has dates */
    int32_t newest_day;
    bool has_newest_day;
    const char *covered;  /* the text; the snapshot's */
    int64_t days;         /* covered, those without rows too */
    int64_t days_missing; /* since the first, up to yesterday */
} archive_totals;

/* CORRUPT where the table's list of dates is none. */
pqt_status archive_totals_read(const scan *sc, archive_totals *out, pqt_error *error);

#endif
