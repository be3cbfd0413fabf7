/* The extension module pqa._pqa: what of pqa.h and pqt.h Python needs, as it is. The
 * package pqa makes it pleasant. */
#include "archive.h"
#include "call.h"
#include "parquet.h"
#include "shadow.h"
#include "sqlite.h"
#include "table.h"

static PyObject *parse_date(PyObject *module, PyObject *text)
{
    PyObject *bytes = PyUnicode_AsUTF8String(text);
    pqt_error error = {0};
    int32_t days = 0;
    (void)module;
    if (!bytes) return NULL;
    const pqt_status status = pqa_date_parse(PyBytes_AsString(bytes), &days, &error);
    Py_DECREF(bytes);
    if (status == PQT_OK) return PyLong_FromLong(days);
    call_raise(status, &error);
    return NULL;
}

static PyObject *today(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    return PyLong_FromLong(pqa_today());
}

static PyMethodDef functions[] = {
    {"parse_date", parse_date, METH_O, NULL},
    {"today", today, METH_NOARGS, NULL},
    {0},
};

static int add_all(PyObject *module)
{
    if (table_add_type(module) < 0) return -1;
    if (archive_add(module) < 0) return -1;
    if (shadow_add(module) < 0) return -1;
    if (parquet_add(module) < 0) return -1;
    if (sqlite_add(module) < 0) return -1;
    return PyModule_AddStringConstant(module, "version", pqa_version());
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "pqa._pqa", NULL, -1,
                                        functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__pqa(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && add_all(module) < 0) Py_CLEAR(module);
    return module;
}
