/* Days whose file is gone or cannot be read, to be written anew from the database. */
#ifndef ARCHIVE_LOST_DAYS_H
#define ARCHIVE_LOST_DAYS_H

#include "archive/pass.h"

/*
 * CORRUPT unless the database has no fewer rows and views of a unit's days than their files
 * had by the log, which is all that can be told of a file that is lost; or, with
 * `accept_loss`, any.
 */
pqt_status lost_days_check(const pass *p, int32_t first, int32_t last, bool accept_loss,
                           pqt_error *error);

#endif
