/*
 * Forgetting a project: every file that holds rows of it is written anew without them,
 * and every object that held them is deleted at once.
 *
 * Memory: rewrite's, 100 bytes an object of the table, and the largest commit of the log.
 */
#ifndef ARCHIVE_FORGET_H
#define ARCHIVE_FORGET_H

#include "archive/export.h"

/* As pqa_forget, of the options' project_id; the context's source (NULL: none is asked)
 * must not have rows of it. `now_ms` is the clock's time. */
pqt_status archive_forget(const export_context *context, int64_t now_ms,
                          const pqa_forget_options *options, pqa_forgotten *out,
                          pqt_error *error);

#endif
