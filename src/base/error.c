#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_texts[] = {
#define STATUS_TEXT(name, text) [PQT_##name] = text,
    PQT_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
};

const char *pqt_status_text(pqt_status status)
{
    const size_t count = sizeof status_texts / sizeof *status_texts;
    return (size_t)status < count ? status_texts[status] : "unknown status";
}

pqt_status error_set(pqt_error *error, pqt_status status, const char *format, ...)
{
    if (!error) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void error_prefix(pqt_error *error, const char *format, ...)
{
    if (!error) return;
    char old[sizeof error->message];
    memcpy(old, error->message, sizeof old);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    const size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s", old);
}

/* The statuses that callers act on; everything else the system reports is IO. */
static pqt_status status_of_errno(int number)
{
    switch (number) {
    case ENOENT: return PQT_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return PQT_DENIED;
    case ENOMEM: return PQT_NOMEM;
    case EEXIST: return PQT_CONFLICT;
    default: return PQT_IO;
    }
}

pqt_status error_set_errno(pqt_error *error, int number, const char *format, ...)
{
    const pqt_status status = status_of_errno(number);
    if (!error) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    const size_t used = strlen(error->message);
    char text[128];
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    const char *reason = strerror_r(number, text, sizeof text);
#else
    const char *reason = strerror_r(number, text, sizeof text) == 0 ? text : "unknown";
#endif
    snprintf(error->message + used, sizeof error->message - used, ": %s", reason);
    return status;
}

pqt_status error_no_memory(pqt_error *error, size_t size_bytes)
{
    return error_set(error, PQT_NOMEM, "out of memory allocating %zu bytes", size_bytes);
}
