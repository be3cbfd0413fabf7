/*
 * What every header of this project shares: status codes, the error message, byte views
 * and the allocator. Self-contained; usable from C++.
 */
#ifndef PQT_BASE_H
#define PQT_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PQT_API __attribute__((visibility("default")))
#define PQT_PRINTF(format_index, first_argument) \
    __attribute__((format(printf, format_index, first_argument)))
#define PQT_MUST_USE __attribute__((warn_unused_result))
#else
#define PQT_API
#define PQT_PRINTF(format_index, first_argument)
#define PQT_MUST_USE
#endif

/* The only list of codes. X(name, text) */
#define PQT_STATUS_MAP(X)                                                         \
    X(OK, "ok")                                                                   \
    X(INVALID, "invalid argument")                                                \
    X(NOMEM, "out of memory")                                                     \
    X(IO, "input/output error")                                                   \
    X(NOT_FOUND, "not found")                                                     \
    X(DENIED, "not allowed")                                                      \
    X(CORRUPT, "corrupt data")                                                    \
    X(UNSUPPORTED, "not supported")                                               \
    X(LIMIT, "over a limit")                                                      \
    X(CONFLICT, "conflict")                                                       \
    X(TIMEOUT, "timed out, try again")                                            \
    X(BUSY, "busy")                                                               \
    X(CANCELLED, "cancelled")                                                     \
    X(INTERNAL, "internal error")

typedef enum pqt_status {
#define PQT_STATUS_ENUM(name, text) PQT_##name,
    PQT_STATUS_MAP(PQT_STATUS_ENUM)
#undef PQT_STATUS_ENUM
} pqt_status;

/* A message in the caller's memory. Every fallible function takes one last; NULL is fine. */
typedef struct pqt_error {
    pqt_status status;
    char message[512];
} pqt_error;

/* Returns the text of a status, never NULL. */
PQT_API const char *pqt_status_text(pqt_status status);

/* A length of bytes that somebody else owns. data may be NULL only if size_bytes is 0. */
typedef struct pqt_view {
    const uint8_t *data;
    size_t size_bytes;
} pqt_view;

/*
 * Where memory comes from. `resize` behaves as realloc (pointer NULL: allocate; returns
 * NULL when it cannot, the old block stays valid); `release` frees what resize gave.
 * A NULL pqt_allocator pointer means the C library's. Must be usable from every thread
 * that uses the object it was given to.
 */
typedef struct pqt_allocator {
    void *(*resize)(void *self, void *pointer, size_t size_bytes);
    void (*release)(void *self, void *pointer);
    void *self;
} pqt_allocator;

/*
 * What long work tells its caller, and how the caller stops it; NULL members are fine.
 * `report` is called now and then, from the thread that called the function, with what is
 * done of `total` (0: not known) units of `what`. `log` gets a sentence that an operator
 * should know. `*cancelled`, when another thread or a signal handler sets it to non-zero,
 * ends the work at its next safe point with PQT_CANCELLED.
 */
typedef struct pqt_progress {
    void (*report)(void *self, const char *what, int64_t done, int64_t total);
    void (*log)(void *self, const char *sentence);
    void *self;
    const volatile int *cancelled;
} pqt_progress;

#ifdef __cplusplus
}
#endif
#endif
