#include "archive.h"

#include <string.h>
#include <unistd.h>

#include "call.h"
#include "settings.h"
#include "table.h"

/* One thread at a time; `now` is its call. */
typedef struct handle {
    PyObject_HEAD
    pqa_archive *archive;
    call *now;
    PyObject *on_log;
    volatile int cancelled;
    pqt_progress progress;
    pid_t process; /* that opened it: no other may use its threads and connections */
    worker worker;
} handle;

static PyTypeObject *handle_type;

/* --- Calls --- */

enum { LISTENERS = 3 };

/* What every call has: the library's options, whom it tells, what comes out. */
typedef struct job {
    handle *self;
    listener listeners[LISTENERS];
    PyObject *keep;
    union {
        pqa_query query;
        exporting export;
        deleting deletion;
        pqa_copies_options copies;
        shadowing shadow;
        pqa_verify_options verify;
        pqa_prune_options prune;
        pqa_compact_options compact;
        pqa_restore_options restore;
        pqa_import_options import;
        pqa_forget_options forget;
        pqa_status_options status;
        sampling sample;
        pqa_duckdb_options duckdb;
        bool flag;
    } options;
    union {
        pqa_table table;
        pqa_pruned pruned;
        pqa_vacuum_report vacuum;
        pqa_forgotten forgotten;
        pqa_shadowed shadowed;
    } out;
    pqt_status (*ask)(pqa_archive *, const pqa_query *, pqa_table *, pqt_error *);
} job;

/* How a method is called. */
typedef struct method {
    pqt_status (*work)(void *self, pqt_error *error);
    const field_table *options; /* NULL: a flag, or nothing */
    const field_table *told[LISTENERS]; /* what the listeners are told */
    const field_table *result;  /* of `out`; NULL: nothing */
    bool gives_table;
} method;


#define DEFINE_TELL(name, structure, index)                            \
    static void name(void *self, const structure *told)                \
    {                                                                  \
        listener_tell(&((job *)self)->listeners[index], told);         \
    }
DEFINE_TELL(tell_day, pqa_day, 0)
DEFINE_TELL(tell_exported, pqa_day, 1)
DEFINE_TELL(tell_deleted, pqa_deleted_day, 0)
DEFINE_TELL(tell_copy, pqa_copy, 1)
DEFINE_TELL(tell_made_copy, pqa_copy, 0)
DEFINE_TELL(tell_copy_of_deletion, pqa_copy, 2)
DEFINE_TELL(tell_verified, pqa_verified, 0)
DEFINE_TELL(tell_vacuumed, pqa_vacuumed, 0)
DEFINE_TELL(tell_compacted, pqa_compacted, 0)
DEFINE_TELL(tell_restored, pqa_restored, 0)
DEFINE_TELL(tell_imported, pqa_imported, 0)

static pqt_status work_question(void *self, pqt_error *error)
{
    job *j = self;
    return j->ask(j->self->archive, &j->options.query, &j->out.table, error);
}

static const pqa_copy_options *wants_copies(const pqa_copy_options *copies)
{
    return copies->per_project || copies->per_organization ? copies : NULL;
}

static pqt_status work_export(void *self, pqt_error *error)
{
    job *j = self;
    exporting *e = &j->options.export;
    e->copies.callback = tell_copy;
    e->copies.self = j;
    e->options.copies = wants_copies(&e->copies);
    return pqa_export(j->self->archive, &e->options, tell_day, j, error);
}

static pqt_status work_delete(void *self, pqt_error *error)
{
    job *j = self;
    deleting *d = &j->options.deletion;
    d->options.exported = tell_exported;
    d->copies.callback = tell_copy_of_deletion;
    d->copies.self = j;
    d->options.copies = wants_copies(&d->copies);
    return pqa_delete_exported(j->self->archive, &d->options, tell_deleted, j, error);
}

static pqt_status work_copies(void *self, pqt_error *error)
{
    job *j = self;
    j->options.copies.copies.callback = tell_made_copy;
    j->options.copies.copies.self = j;
    return pqa_copies(j->self->archive, &j->options.copies, error);
}

static pqt_status work_shadow(void *self, pqt_error *error)
{
    job *j = self;
    const shadowing *s = &j->options.shadow;
    return pqa_shadow(j->self->archive, (pqa_question)s->question, &s->query, &s->options,
                      &j->out.shadowed, error);
}

static void tell_shadowed(void *self, const pqa_shadowed *compared, const char *project)
{
    const shadowed_project told = {.compared = *compared, .project = project};
    listener_tell(&((job *)self)->listeners[0], &told);
}

static pqt_status work_shadow_random(void *self, pqt_error *error)
{
    job *j = self;
    const sampling *s = &j->options.sample;
    return pqa_shadow_random(j->self->archive, s->count, s->since, s->until, &s->options,
                             tell_shadowed, j, error);
}

static pqt_status work_verify(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_verify(j->self->archive, &j->options.verify, tell_verified, j, error);
}

static pqt_status work_prune(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_prune(j->self->archive, &j->options.prune, &j->out.pruned, error);
}

static pqt_status work_prune_undo(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_prune_undo(j->self->archive, &j->out.pruned, error);
}

static pqt_status work_vacuum(void *self, pqt_error *error)
{
    job *j = self;
    j->out.vacuum = (pqa_vacuum_report){.callback = tell_vacuumed, .self = j};
    return pqa_vacuum(j->self->archive, j->options.flag, &j->out.vacuum, error);
}

static pqt_status work_compact(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_compact(j->self->archive, &j->options.compact, tell_compacted, j, error);
}

static pqt_status work_restore(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_restore(j->self->archive, &j->options.restore, tell_restored, j, error);
}

static pqt_status work_import(void *self, pqt_error *error)
{
    job *j = self;
    j->options.import.day = tell_exported;
    return pqa_import_files(j->self->archive, &j->options.import, tell_imported, j, error);
}

static pqt_status work_forget(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_forget(j->self->archive, &j->options.forget, &j->out.forgotten, error);
}

static pqt_status work_status(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_status(j->self->archive, &j->options.status, &j->out.table, error);
}

static pqt_status work_files(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_files(j->self->archive, &j->out.table, error);
}

static pqt_status work_duckdb_setup(void *self, pqt_error *error)
{
    job *j = self;
    return pqa_duckdb_setup(j->self->archive, &j->options.duckdb, &j->out.table, error);
}

/* --- Running them --- */

static int check_usable(const handle *self)
{
    if (!self->archive)
        PyErr_SetString(PyExc_ValueError, "the archive is closed");
    else if (self->process != getpid())
        PyErr_SetString(PyExc_RuntimeError, "the archive was opened by another process");
    else if (self->now)
        PyErr_SetString(PyExc_RuntimeError, "the archive is used by another thread");
    else
        return 0;
    return -1;
}

static PyObject *result_of(const method *m, job *j)
{
    if (m->gives_table) return table_make(&j->out.table);
    if (m->result == &vacuum_sum_fields) return fields_read(m->result, &j->out.vacuum.sum);
    if (m->result) return fields_read(m->result, &j->out);
    Py_RETURN_NONE;
}

static PyObject *run(handle *self, const method *m, job *j, PyObject *on_progress)
{
    call c = {.work = m->work,
              .self = j,
              .on_progress = on_progress,
              .on_log = self->on_log,
              .cancelled = &self->cancelled};
    for (int i = 0; i < LISTENERS; i++) {
        j->listeners[i].c = &c;
        j->listeners[i].table = m->told[i];
    }
    j->self = self;
    self->cancelled = 0;
    self->now = &c;
    const int failed = call_run(&c, &self->worker);
    self->now = NULL;
    if (!failed) return result_of(m, j);
    if (m->gives_table && c.status == PQT_OK) pqa_table_free(&j->out.table);
    return NULL;
}

/* Takes (options, progress, listener...). */
static PyObject *call_method(PyObject *object, PyObject *arguments, const method *m,
                             job *j)
{
    handle *self = (handle *)object;
    PyObject *options, *on_progress = Py_None;
    if (!PyArg_ParseTuple(arguments, "O!|OOOO", &PyDict_Type, &options, &on_progress,
                          &j->listeners[0].callable, &j->listeners[1].callable,
                          &j->listeners[2].callable))
        return NULL;
    if (check_usable(self) < 0) return NULL;
    PyObject *keep = PyList_New(0);
    PyObject *result = NULL;
    if (keep && (!m->options || fields_fill(m->options, options, keep, &j->options) == 0))
        result = run(self, m, j, on_progress);
    Py_XDECREF(keep);
    return result;
}

#define DEFINE_METHOD(name, ...)                                        \
    static PyObject *handle_##name(PyObject *self, PyObject *arguments) \
    {                                                                   \
        static const method m = {__VA_ARGS__};                          \
        job j = {0};                                                    \
        return call_method(self, arguments, &m, &j);                    \
    }
DEFINE_METHOD(export, .work = work_export, .options = &export_fields,
              .told = {&day_fields, &copy_fields})
DEFINE_METHOD(copies, .work = work_copies, .options = &copies_fields,
              .told = {&copy_fields})
DEFINE_METHOD(shadow, .work = work_shadow, .options = &shadow_fields,
              .result = &shadowed_fields)
DEFINE_METHOD(shadow_random, .work = work_shadow_random, .options = &sample_fields,
              .told = {&shadowed_project_fields})
DEFINE_METHOD(delete_exported, .work = work_delete, .options = &delete_fields,
              .told = {&deleted_day_fields, &day_fields, &copy_fields})
DEFINE_METHOD(verify, .work = work_verify, .options = &verify_fields,
              .told = {&verified_fields})
DEFINE_METHOD(prune, .work = work_prune, .options = &prune_fields,
              .result = &pruned_fields)
DEFINE_METHOD(prune_undo, .work = work_prune_undo, .result = &pruned_fields)
DEFINE_METHOD(compact, .work = work_compact, .options = &compact_fields,
              .told = {&compacted_fields})
DEFINE_METHOD(restore, .work = work_restore, .options = &restore_fields,
              .told = {&restored_fields})
DEFINE_METHOD(import_files, .work = work_import, .options = &import_fields,
              .told = {&imported_fields, &day_fields})
DEFINE_METHOD(forget, .work = work_forget, .options = &forget_fields,
              .result = &forgotten_fields)
DEFINE_METHOD(status, .work = work_status, .options = &status_fields,
              .gives_table = true)
DEFINE_METHOD(files, .work = work_files, .gives_table = true)
DEFINE_METHOD(duckdb_setup, .work = work_duckdb_setup, .options = &duckdb_fields,
              .gives_table = true)

static const field remove_array[] = {{"remove", FIELD_BOOL, 0}};
static const field_table remove_fields = FIELD_TABLE(remove_array);
DEFINE_METHOD(vacuum, .work = work_vacuum, .options = &remove_fields,
              .told = {&vacuumed_fields}, .result = &vacuum_sum_fields)

#define DEFINE_QUESTION(name, function)                                 \
    static PyObject *handle_##name(PyObject *self, PyObject *arguments) \
    {                                                                   \
        static const method m = {.work = work_question,                 \
                                 .options = &query_fields,              \
                                 .gives_table = true};                  \
        job j = {.ask = function};                                      \
        return call_method(self, arguments, &m, &j);                    \
    }
DEFINE_QUESTION(top, pqa_top)
DEFINE_QUESTION(daily, pqa_daily)
DEFINE_QUESTION(not_found, pqa_not_found)
DEFINE_QUESTION(versions, pqa_versions)
DEFINE_QUESTION(views, pqa_views)
DEFINE_QUESTION(rows, pqa_rows)

/* --- Opening and closing --- */

struct opening {
    const pqa_settings *settings;
    bool create;
    pqa_archive *archive;
};

static pqt_status work_open(void *self, pqt_error *error)
{
    struct opening *o = self;
    return pqa_open(o->settings, o->create, &o->archive, error);
}

static int open_archive(handle *self, PyObject *settings, bool create)
{
    pqa_settings filled = {0};
    PyObject *keep = PyList_New(0);
    if (!keep || fields_fill(&settings_fields, settings, keep, &filled) < 0) {
        Py_XDECREF(keep);
        return -1;
    }
    filled.progress = &self->progress;
    struct opening o = {.settings = &filled, .create = create};
    call c = {.work = work_open,
              .self = &o,
              .on_log = self->on_log,
              .cancelled = &self->cancelled};
    self->now = &c;
    const int failed = call_run(&c, &self->worker);
    self->now = NULL;
    self->archive = o.archive;
    Py_DECREF(keep);
    return failed;
}

static void start_progress(handle *self)
{
    self->progress = (pqt_progress){.report = call_report,
                                    .log = call_log,
                                    .self = &self->now,
                                    .cancelled = &self->cancelled};
    self->process = getpid();
}

/* Handle(settings, create, on_log). */
static PyObject *handle_new(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *settings, *on_log;
    int create;
    (void)named;
    if (!PyArg_ParseTuple(arguments, "O!pO", &PyDict_Type, &settings, &create, &on_log))
        return NULL;
    handle *self = PyObject_New(handle, type);
    if (!self) return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    Py_INCREF(on_log);
    self->on_log = on_log;
    start_progress(self);
    if (open_archive(self, settings, create) == 0) return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

/* What another process has open is left alone: closing it would end that one's
 * connections, and wait for threads that are not here. */
static void close_archive(handle *self)
{
    pqa_archive *archive = self->archive;
    self->archive = NULL;
    if (self->process != getpid()) return;
    Py_BEGIN_ALLOW_THREADS
    pqa_close(archive);
    worker_end(&self->worker);
    Py_END_ALLOW_THREADS
}

static PyObject *handle_close(PyObject *object, PyObject *nothing)
{
    handle *self = (handle *)object;
    (void)nothing;
    if (self->archive && self->process == getpid() && check_usable(self) < 0) return NULL;
    close_archive(self);
    Py_RETURN_NONE;
}

static void handle_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    handle *self = (handle *)object;
    close_archive(self);
    Py_XDECREF(self->on_log);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyMethodDef handle_methods[] = {
    {"top", handle_top, METH_VARARGS, NULL},
    {"daily", handle_daily, METH_VARARGS, NULL},
    {"not_found", handle_not_found, METH_VARARGS, NULL},
    {"versions", handle_versions, METH_VARARGS, NULL},
    {"views", handle_views, METH_VARARGS, NULL},
    {"rows", handle_rows, METH_VARARGS, NULL},
    {"export", handle_export, METH_VARARGS, NULL},
    {"delete_exported", handle_delete_exported, METH_VARARGS, NULL},
    {"copies", handle_copies, METH_VARARGS, NULL},
    {"shadow", handle_shadow, METH_VARARGS, NULL},
    {"shadow_random", handle_shadow_random, METH_VARARGS, NULL},
    {"verify", handle_verify, METH_VARARGS, NULL},
    {"prune", handle_prune, METH_VARARGS, NULL},
    {"prune_undo", handle_prune_undo, METH_VARARGS, NULL},
    {"vacuum", handle_vacuum, METH_VARARGS, NULL},
    {"compact", handle_compact, METH_VARARGS, NULL},
    {"restore", handle_restore, METH_VARARGS, NULL},
    {"import_files", handle_import_files, METH_VARARGS, NULL},
    {"forget", handle_forget, METH_VARARGS, NULL},
    {"status", handle_status, METH_VARARGS, NULL},
    {"files", handle_files, METH_VARARGS, NULL},
    {"duckdb_setup", handle_duckdb_setup, METH_VARARGS, NULL},
    {"close", handle_close, METH_NOARGS, NULL},
    {0},
};
static PyType_Slot handle_slots[] = {
    {Py_tp_new, handle_new},
    {Py_tp_dealloc, handle_dealloc},
    {Py_tp_methods, handle_methods},
    {0, NULL},
};
static PyType_Spec handle_spec = {"pqa._pqa.Handle", sizeof(handle), 0,
                                  Py_TPFLAGS_DEFAULT, handle_slots};

/* --- What opens the archive itself --- */

/* A call of a function that is given settings. */
typedef struct night_job {
    pqa_settings settings;
    nighting night_options;
    deleting deletion;
    pqa_night night;
    call *now;
    pqt_progress progress;
    volatile int cancelled;
    listener listeners[2];
} night_job;

static void tell_night_day(void *self, const pqa_day *day)
{
    listener_tell(&((night_job *)self)->listeners[0], day);
}

static void tell_night_step(void *self, const pqa_step *step)
{
    listener_tell(&((night_job *)self)->listeners[1], step);
}

static void tell_finding(void *self, pqa_finding level, const char *subject,
                         const char *text)
{
    static const char *const levels[] = {"ok", "advice", "problem"};
    listener_tell_texts(&((night_job *)self)->listeners[0], levels[level], subject, text);
}

static pqt_status work_nightly(void *self, pqt_error *error)
{
    night_job *j = self;
    pqa_nightly_options *options = &j->night_options.options;
    options->deletion = &j->deletion.options;
    options->copies = wants_copies(&j->night_options.copies);
    options->on_day = tell_night_day;
    options->on_step = tell_night_step;
    options->self = j;
    return pqa_nightly(&j->settings, options, &j->night, error);
}

static pqt_status work_doctor(void *self, pqt_error *error)
{
    night_job *j = self;
    return pqa_doctor(&j->settings, tell_finding, j, error);
}

static int run_night(night_job *j, pqt_status (*work)(void *, pqt_error *),
                     PyObject *on_progress, PyObject *on_log)
{
    call c = {.work = work,
              .self = j,
              .on_progress = on_progress,
              .on_log = on_log,
              .cancelled = &j->cancelled};
    j->now = &c;
    j->progress = (pqt_progress){.report = call_report,
                                 .log = call_log,
                                 .self = &j->now,
                                 .cancelled = &j->cancelled};
    j->settings.progress = &j->progress;
    j->listeners[0].c = j->listeners[1].c = &c;
    return call_run(&c, NULL);
}

/* nightly(settings, options, deletion, progress, on_log, on_day, on_step, on_end): on_end
 * is told of the night also where it failed. */
static PyObject *module_nightly(PyObject *module, PyObject *arguments)
{
    night_job j = {.listeners = {{.table = &day_fields}, {.table = &step_fields}}};
    PyObject *settings, *options, *deletion, *on_progress, *on_log, *on_end;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOOOOOOO", &settings, &options, &deletion,
                          &on_progress, &on_log, &j.listeners[0].callable,
                          &j.listeners[1].callable, &on_end))
        return NULL;
    PyObject *keep = PyList_New(0);
    int failed = !keep || fields_fill(&settings_fields, settings, keep, &j.settings) < 0 ||
                 fields_fill(&nightly_fields, options, keep, &j.night_options) < 0 ||
                 fields_fill(&delete_fields, deletion, keep, &j.deletion) < 0;
    if (!failed) {
        PyObject *type = NULL, *value = NULL, *trace = NULL;
        failed = run_night(&j, work_nightly, on_progress, on_log);
        PyErr_Fetch(&type, &value, &trace);
        PyObject *night = fields_read(&night_fields, &j.night);
        PyObject *ended = night ? PyObject_CallFunctionObjArgs(on_end, night, NULL) : NULL;
        failed = failed || !ended;
        Py_XDECREF(ended);
        Py_XDECREF(night);
        if (type) PyErr_Restore(type, value, trace);
    }
    Py_XDECREF(keep);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

/* doctor(settings, on_log, on_finding). */
static PyObject *module_doctor(PyObject *module, PyObject *arguments)
{
    night_job j = {0};
    PyObject *settings, *on_log;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOO", &settings, &on_log, &j.listeners[0].callable))
        return NULL;
    PyObject *keep = PyList_New(0);
    const int failed = !keep ||
                       fields_fill(&settings_fields, settings, keep, &j.settings) < 0 ||
                       run_night(&j, work_doctor, NULL, on_log) < 0;
    Py_XDECREF(keep);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"nightly", module_nightly, METH_VARARGS, NULL},
    {"doctor", module_doctor, METH_VARARGS, NULL},
    {0},
};

int archive_add(PyObject *module)
{
    handle_type = (PyTypeObject *)PyType_FromSpec(&handle_spec);
    if (!handle_type) return -1;
    Py_INCREF(handle_type);
    if (PyModule_AddObject(module, "Handle", (PyObject *)handle_type) < 0) return -1;
    return PyModule_AddFunctions(module, functions);
}
