#include "fields.h"

#include <limits.h>
#include <string.h>

const char *status_name(pqt_status status)
{
    static const char *const names[] = {
#define STATUS_NAME(name, text) [PQT_##name] = #name,
        PQT_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    };
    const size_t count = sizeof names / sizeof *names;
    return (size_t)status < count ? names[status] : "INTERNAL";
}

/* --- From Python --- */

static int fill_text(PyObject *value, PyObject *keep, const char **out)
{
    char *text = NULL;
    PyObject *bytes = PyUnicode_AsUTF8String(value);
    if (!bytes) return -1;
    const int failed =
        PyBytes_AsStringAndSize(bytes, &text, NULL) < 0 || PyList_Append(keep, bytes) < 0;
    Py_DECREF(bytes); /* the list holds it */
    if (failed) return -1;
    *out = text;
    return 0;
}

/* A list of strings; the array is kept too. */
static int fill_texts(PyObject *value, PyObject *keep, void *at)
{
    const Py_ssize_t count = PyList_Size(value);
    if (count < 0 || count > INT32_MAX / (Py_ssize_t)sizeof(char *)) return -1;
    PyObject *bytes =
        PyBytes_FromStringAndSize(NULL, count * (Py_ssize_t)sizeof(char *));
    char *array = bytes ? PyBytes_AsString(bytes) : NULL;
    const int failed = !array || PyList_Append(keep, bytes) < 0;
    Py_XDECREF(bytes);
    if (failed) return -1;
    const int32_t number = (int32_t)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *text = NULL;
        PyObject *each = PyList_GetItem(value, i); /* borrowed */
        if (!each || fill_text(each, keep, &text) < 0) return -1;
        memcpy(array + (size_t)i * sizeof text, &text, sizeof text);
    }
    memcpy(at, &array, sizeof array);
    memcpy((char *)at + sizeof array, &number, sizeof number);
    return 0;
}

static const struct {
    int64_t least, most;
} integer_ranges[] = {
    [FIELD_INT] = {INT_MIN, INT_MAX},        [FIELD_INT16] = {INT16_MIN, INT16_MAX},
    [FIELD_INT32] = {INT32_MIN, INT32_MAX},  [FIELD_INT64] = {INT64_MIN, INT64_MAX},
    [FIELD_UINT64] = {0, INT64_MAX},         [FIELD_SIZE] = {0, INT64_MAX},
};

/* Also of other libraries: numpy's. */
static int fill_integer(const field *f, PyObject *value, void *at)
{
    PyObject *index = PyNumber_Index(value);
    const long long number = index ? PyLong_AsLongLong(index) : -1;
    Py_XDECREF(index);
    if (number == -1 && PyErr_Occurred()) return -1;
    if (number < integer_ranges[f->kind].least || number > integer_ranges[f->kind].most) {
        PyErr_Format(PyExc_OverflowError, "%s: %lld is out of range", f->name, number);
        return -1;
    }
    switch (f->kind) {
    case FIELD_INT: *(int *)at = (int)number; break;
    case FIELD_INT16: *(int16_t *)at = (int16_t)number; break;
    case FIELD_INT32: *(int32_t *)at = (int32_t)number; break;
    case FIELD_UINT64: *(uint64_t *)at = (uint64_t)number; break;
    case FIELD_SIZE: *(size_t *)at = (size_t)number; break;
    default: *(int64_t *)at = number; break;
    }
    return 0;
}

static int wrong_kind(const field *f, const char *expected)
{
    PyErr_Format(PyExc_TypeError, "%s must be %s", f->name, expected);
    return -1;
}

static int fill_field(const field *f, PyObject *value, PyObject *keep, char *out)
{
    void *at = out + f->offset;
    switch (f->kind) {
    case FIELD_TEXT:
        if (!PyUnicode_Check(value)) return wrong_kind(f, "a string");
        return fill_text(value, keep, at);
    case FIELD_BOOL: {
        const int truth = PyObject_IsTrue(value);
        *(bool *)at = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    case FIELD_TEXTS:
        if (!PyList_Check(value)) return wrong_kind(f, "a list of strings");
        return fill_texts(value, keep, at);
    case FIELD_CHARS:
    case FIELD_STATUS:
        return wrong_kind(f, "left out");
    default:
        if (!PyIndex_Check(value)) return wrong_kind(f, "an integer");
        return fill_integer(f, value, at);
    }
}

static const field *find_field(const field_table *table, PyObject *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (PyUnicode_CompareWithASCIIString(name, table->fields[i].name) == 0)
            return &table->fields[i];
    PyErr_Format(PyExc_TypeError, "there is no option %R", name);
    return NULL;
}

int fields_fill(const field_table *table, PyObject *values, PyObject *keep, void *out)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(values, &at, &name, &value)) {
        if (!PyUnicode_Check(name)) return wrong_kind(table->fields, "named");
        const field *f = find_field(table, name);
        if (!f) return -1;
        if (value == Py_None) continue;
        if (fill_field(f, value, keep, out) < 0) return -1;
    }
    return 0;
}

/* --- To Python --- */

static PyObject *text_or_none(const char *text)
{
    if (!text) Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *read_field(const field *f, const char *from)
{
    const void *at = from + f->offset;
    switch (f->kind) {
    case FIELD_TEXT: return text_or_none(*(const char *const *)at);
    case FIELD_TEXTS: break;
    case FIELD_CHARS: return text_or_none(at);
    case FIELD_BOOL: return PyBool_FromLong(*(const bool *)at);
    case FIELD_INT: return PyLong_FromLong(*(const int *)at);
    case FIELD_INT16: return PyLong_FromLong(*(const int16_t *)at);
    case FIELD_INT32: return PyLong_FromLong(*(const int32_t *)at);
    case FIELD_INT64: return PyLong_FromLongLong(*(const int64_t *)at);
    case FIELD_UINT64: return PyLong_FromUnsignedLongLong(*(const uint64_t *)at);
    case FIELD_SIZE: return PyLong_FromSize_t(*(const size_t *)at);
    case FIELD_STATUS: return text_or_none(status_name(*(const pqt_status *)at));
    }
    PyErr_SetString(PyExc_SystemError, "a field of no known kind");
    return NULL;
}

PyObject *fields_read(const field_table *table, const void *from)
{
    PyObject *result = PyDict_New();
    for (size_t i = 0; result && i < table->count; i++) {
        PyObject *value = read_field(&table->fields[i], from);
        if (!value || PyDict_SetItemString(result, table->fields[i].name, value) < 0)
            Py_CLEAR(result);
        Py_XDECREF(value);
    }
    return result;
}
