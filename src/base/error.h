/* Filling in and passing on errors. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "pqt_base.h"

/* Writes the message (cut to fit) unless `error` is NULL; returns `status`. */
pqt_status error_set(pqt_error *error, pqt_status status, const char *format, ...)
    PQT_PRINTF(3, 4);

/* Puts "context: " before the message that is there; returns the error's status. Does
 * nothing where `error` is NULL. The end of a message too long is cut. */
void error_prefix(pqt_error *error, const char *format, ...) PQT_PRINTF(2, 3);

/* Sets `status` with the text of errno `number` behind the message: "what: text". */
pqt_status error_set_errno(pqt_error *error, int number, const char *format, ...)
    PQT_PRINTF(3, 4);

/* Sets PQT_NOMEM with the size that could not be had. */
pqt_status error_no_memory(pqt_error *error, size_t size_bytes);

/* Leaves the function with the status of `expression` unless it is PQT_OK. Only where
 * nothing is held; otherwise `goto done`. */
#define TRY(expression)                          \
    do {                                         \
        const pqt_status try_status = (expression); \
        if (try_status != PQT_OK) return try_status; \
    } while (0)

#endif
