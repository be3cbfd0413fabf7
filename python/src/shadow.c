#include "shadow.h"

#include "call.h"
#include "settings.h"

static pqt_status keep_failure(const shadowing *s, const char *message, pqt_error *error)
{
    pqt_status status;
    Py_BEGIN_ALLOW_THREADS status = pqa_shadow_failed(
        (pqa_question)s->question, &s->query, message, &s->options, error);
    Py_END_ALLOW_THREADS return status;
}

/* shadow_failed(options, message). */
static PyObject *module_shadow_failed(PyObject *module, PyObject *arguments)
{
    PyObject *options;
    const char *message;
    shadowing s = {0};
    pqt_error error = {0};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!s", &PyDict_Type, &options, &message))
        return NULL;
    PyObject *keep = PyList_New(0);
    int failed = !keep || fields_fill(&shadow_fields, options, keep, &s) < 0;
    if (!failed) {
        const pqt_status status = keep_failure(&s, message, &error);
        failed = status != PQT_OK;
        if (failed) call_raise(status, &error);
    }
    Py_XDECREF(keep);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

static pqt_status judge(const char *path, const pqa_shadow_demand *demand,
                        shadow_verdict *out, pqt_error *error)
{
    const pqt_status status = pqa_shadow_summary(path, &out->sum, error);
    if (status != PQT_OK) return status;
    out->is_ready = pqa_shadow_is_ready(&out->sum, demand, out->message);
    return PQT_OK;
}

/* shadow_summary(path, days, answers). */
static PyObject *module_shadow_summary(PyObject *module, PyObject *arguments)
{
    const char *path;
    int days;
    long long answers;
    shadow_verdict verdict = {0};
    pqt_error error = {0};
    pqt_status status;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "siL", &path, &days, &answers)) return NULL;
    const pqa_shadow_demand demand = {.days = days, .answers = answers};
    Py_BEGIN_ALLOW_THREADS status = judge(path, &demand, &verdict, &error);
    Py_END_ALLOW_THREADS if (status == PQT_OK) return fields_read(&shadow_verdict_fields,
                                                                  &verdict);
    call_raise(status, &error);
    return NULL;
}

static PyMethodDef functions[] = {
    {"shadow_failed", module_shadow_failed, METH_VARARGS, NULL},
    {"shadow_summary", module_shadow_summary, METH_VARARGS, NULL},
    {0},
};

int shadow_add(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
