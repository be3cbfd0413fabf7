/* Telling a caller how far long work is, and seeing whether it shall stop. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/error.h"

static inline void progress_report(const pqt_progress *p, const char *what, int64_t done,
                                   int64_t total)
{
    if (p && p->report) p->report(p->self, what, done, total);
}

static inline void progress_log(const pqt_progress *p, const char *sentence)
{
    if (p && p->log) p->log(p->self, sentence);
}

/* PQT_CANCELLED once the caller asked to stop. */
static inline pqt_status progress_check(const pqt_progress *p, pqt_error *error)
{
    if (!p || !p->cancelled || !__atomic_load_n(p->cancelled, __ATOMIC_RELAXED))
        return PQT_OK;
    return error_set(error, PQT_CANCELLED, "stopped on request");
}

#endif
