#include "call.h"

#include <signal.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 100, REPORT_MS = 100 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Exceptions --- */

/* Keeps the exception that is set, if it is the first, and asks the work to stop. */
static void keep_exception(call *c)
{
    if (c->raised[0])
        PyErr_Clear();
    else
        PyErr_Fetch(&c->raised[0], &c->raised[1], &c->raised[2]);
    if (c->cancelled) __atomic_store_n(c->cancelled, 1, __ATOMIC_RELAXED);
}

void call_raise(pqt_status status, const pqt_error *error)
{
    PyObject *errors = PyImport_ImportModule("pqa.errors");
    if (!errors) return;
    const char *message = error->message[0] ? error->message : pqt_status_text(status);
    PyObject *text = PyUnicode_DecodeUTF8(message, (Py_ssize_t)strlen(message), "replace");
    PyObject *exception =
        text ? PyObject_CallMethod(errors, "make_error", "sOi", status_name(status), text,
                                   pqa_exit_code(status))
             : NULL;
    if (exception) PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    Py_XDECREF(text);
    Py_DECREF(errors);
}

/* --- The library's thread --- */

/* Once the call is done, it may be gone. */
static void *work_in_thread(void *self)
{
    call *c = self;
    const pqt_status status = c->work(c->self, &c->error);
    pthread_mutex_lock(&c->lock);
    c->status = status;
    c->is_done = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* Has the calling thread do this, with the GIL, and waits for it. */
static void ask(call *c, void (*what)(call *, void *), void *argument)
{
    pthread_mutex_lock(&c->lock);
    while (c->asked) pthread_cond_wait(&c->changed, &c->lock); /* another thread's */
    c->asked = what;
    c->argument = argument;
    pthread_cond_broadcast(&c->changed);
    while (c->asked) pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

static call *take_next(worker *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->next && !w->is_ending) pthread_cond_wait(&w->changed, &w->lock);
    call *c = w->next;
    w->next = NULL;
    pthread_mutex_unlock(&w->lock);
    return c;
}

static void *work_until_end(void *self)
{
    for (call *c = take_next(self); c; c = take_next(self)) work_in_thread(c);
    return NULL;
}

/* Signals are for the threads that Python knows. */
static int start_thread(void *(*work)(void *), void *self, pthread_t *out)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(out, NULL, work, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static int start_worker(worker *w)
{
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    const int failed = start_thread(work_until_end, w, &w->thread);
    w->is_started = !failed;
    if (!failed) return 0;
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    return failed;
}

static void set_next(worker *w, call *c)
{
    pthread_mutex_lock(&w->lock);
    w->next = c;
    w->is_ending = !c;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

void worker_end(worker *w)
{
    if (!w->is_started) return;
    set_next(w, NULL);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    w->is_started = false;
}

/* --- The calling thread --- */

/* Until the library asks, is done, or it is time to look for signals. */
static void wait_for_change(call *c)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    int waited = 0;
    pthread_mutex_lock(&c->lock);
    while (!c->asked && !c->is_done && waited == 0)
        waited = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    pthread_mutex_unlock(&c->lock);
}

static void answer(call *c)
{
    c->asked(c, c->argument);
    if (PyErr_Occurred()) keep_exception(c);
    pthread_mutex_lock(&c->lock);
    c->asked = NULL;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void serve(call *c)
{
    bool is_done = false;
    while (!is_done) {
        bool is_asked;
        Py_BEGIN_ALLOW_THREADS
        wait_for_change(c);
        pthread_mutex_lock(&c->lock);
        is_asked = c->asked != NULL;
        is_done = c->is_done;
        pthread_mutex_unlock(&c->lock);
        Py_END_ALLOW_THREADS
        if (is_asked) answer(c);
        if (!is_done && PyErr_CheckSignals() < 0) keep_exception(c);
    }
}

static int refuse_thread(int number)
{
    PyErr_Format(PyExc_RuntimeError, "no thread could be started: %s", strerror(number));
    return -1;
}

static int run_thread(call *c)
{
    pthread_t thread;
    const int failed = start_thread(work_in_thread, c, &thread);
    if (failed) return refuse_thread(failed);
    serve(c);
    Py_BEGIN_ALLOW_THREADS
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    return 0;
}

static int run_by(call *c, worker *w)
{
    const int failed = w->is_started ? 0 : start_worker(w);
    if (failed) return refuse_thread(failed);
    set_next(w, c);
    serve(c);
    return 0;
}

int call_run(call *c, worker *by)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, &attributes);
    const int failed = by ? run_by(c, by) : run_thread(c);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    pthread_condattr_destroy(&attributes);
    if (failed) return -1;
    if (c->raised[0]) {
        PyErr_Restore(c->raised[0], c->raised[1], c->raised[2]);
        return -1;
    }
    if (c->status == PQT_OK) return 0;
    call_raise(c->status, &c->error);
    return -1;
}

/* --- What Python is told --- */

static bool is_wanted(PyObject *callable)
{
    return callable && callable != Py_None;
}

struct report {
    const char *what;
    int64_t done, total;
};

static void report_in_python(call *c, void *argument)
{
    const struct report *r = argument;
    Py_XDECREF(PyObject_CallFunction(c->on_progress, "sLL", r->what, (long long)r->done,
                                     (long long)r->total));
}

void call_report(void *self, const char *what, int64_t done, int64_t total)
{
    call *c = *(call **)self;
    const int64_t now = now_ms();
    if (!c || !is_wanted(c->on_progress)) return;
    if (now < c->reported_ms + REPORT_MS && done != total) return;
    c->reported_ms = now;
    struct report r = {what, done, total};
    ask(c, report_in_python, &r);
}

static void log_in_python(call *c, void *argument)
{
    const char *sentence = argument;
    PyObject *text =
        PyUnicode_DecodeUTF8(sentence, (Py_ssize_t)strlen(sentence), "replace");
    if (text) Py_XDECREF(PyObject_CallFunctionObjArgs(c->on_log, text, NULL));
    Py_XDECREF(text);
}

void call_log(void *self, const char *sentence)
{
    call *c = *(call **)self;
    if (!c || !is_wanted(c->on_log)) return;
    ask(c, log_in_python, (void *)(uintptr_t)sentence);
}

struct telling {
    const listener *to;
    const void *structure;
};

static void tell_in_python(call *c, void *argument)
{
    const struct telling *t = argument;
    (void)c;
    PyObject *dict = fields_read(t->to->table, t->structure);
    if (dict) Py_XDECREF(PyObject_CallFunctionObjArgs(t->to->callable, dict, NULL));
    Py_XDECREF(dict);
}

void listener_tell(const listener *l, const void *structure)
{
    struct telling t = {l, structure};
    if (is_wanted(l->callable)) ask(l->c, tell_in_python, &t);
}

struct telling_texts {
    const listener *to;
    const char *texts[3];
};

static void tell_texts_in_python(call *c, void *argument)
{
    const struct telling_texts *t = argument;
    (void)c;
    Py_XDECREF(PyObject_CallFunction(t->to->callable, "sss", t->texts[0], t->texts[1],
                                     t->texts[2]));
}

void listener_tell_texts(const listener *l, const char *first, const char *second,
                         const char *third)
{
    struct telling_texts t = {l, {first, second, third}};
    if (is_wanted(l->callable)) ask(l->c, tell_texts_in_python, &t);
}
