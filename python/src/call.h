/*
 * A call of the library. It runs in another thread while the calling thread, without
 * the GIL, looks for signals ten times a second and runs Python's callbacks: they are
 * called where they were given, so that what is local to a thread is as there.
 */
#ifndef CALL_H
#define CALL_H

#include <pthread.h>

#include "fields.h"

typedef struct call {
    pqt_status (*work)(void *self, pqt_error *error);
    void *self;
    PyObject *on_progress;   /* called with what, done, total; NULL or None: nobody is */
    PyObject *on_log;        /* called with a sentence */
    volatile int *cancelled; /* set where the work shall stop; NULL: it cannot */

    pqt_status status;
    pqt_error error;
    int64_t reported_ms;
    PyObject *raised[3]; /* the first exception of a callback or a signal */
    pthread_mutex_t lock; /* of the three below */
    pthread_cond_t changed;
    void (*asked)(struct call *, void *);
    void *argument;
    bool is_done;
} call;

/* A thread that makes one call after the other: starting one takes longer than a short
 * question. All zero: none is there yet. */
typedef struct worker {
    pthread_t thread;
    pthread_mutex_t lock; /* of the two below */
    pthread_cond_t changed;
    call *next;
    bool is_ending;
    bool is_started;
} worker;

/* Runs it in the worker's thread, or in one for itself (NULL); returns 0, or -1 with the
 * exception of a callback or a signal, or else of the status. */
int call_run(call *c, worker *by);

/* Ends the thread, if it was started; only in the process that did. Without the GIL. */
void worker_end(worker *w);

/* Raises what the library said. */
void call_raise(pqt_status status, const pqt_error *error);

/* For pqt_progress, with a `call **` as self. */
void call_report(void *self, const char *what, int64_t done, int64_t total);
void call_log(void *self, const char *sentence);

/* Somebody who is told of structures, as dicts. */
typedef struct listener {
    call *c;
    PyObject *callable; /* NULL or None: nobody */
    const field_table *table;
} listener;

/* Calls it, from the library's thread. An exception stops the work. */
void listener_tell(const listener *l, const void *structure);
/* Calls it with what the value's format (Py_BuildValue) makes of three texts. */
void listener_tell_texts(const listener *l, const char *first, const char *second,
                         const char *third);

#endif
