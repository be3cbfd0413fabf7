#include "table.h"

#include <string.h>

#include "call.h"
#include "capsule.h"

typedef struct table_object {
    PyObject_HEAD
    pqa_table table;
} table_object;

static PyTypeObject *table_type;

PyObject *table_make(pqa_table *table)
{
    table_object *self = PyObject_New(table_object, table_type);
    if (!self) {
        pqa_table_free(table);
        return NULL;
    }
    self->table = *table;
    *table = (pqa_table){0};
    return (PyObject *)self;
}

static void table_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    pqa_table_free(&((table_object *)object)->table);
    PyObject_Free(object);
    Py_DECREF(type);
}

static Py_ssize_t table_length(PyObject *object)
{
    return (Py_ssize_t)((table_object *)object)->table.row_count;
}

static PyObject *table_columns(PyObject *object, void *closure)
{
    static const char *const kinds[] = {
        [PQA_INT64] = "int64", [PQA_TEXT] = "text", [PQA_DATE] = "date",
        [PQA_BYTES_SIZE] = "bytes"};
    const pqa_table *table = &((table_object *)object)->table;
    PyObject *list = PyList_New(0);
    (void)closure;
    for (int32_t i = 0; list && i < table->column_count; i++) {
        PyObject *column = Py_BuildValue("(ss)", table->columns[i].name,
                                         kinds[table->columns[i].kind]);
        if (!column || PyList_Append(list, column) < 0) Py_CLEAR(list);
        Py_XDECREF(column);
    }
    return list;
}

static PyObject *table_note(PyObject *object, void *closure)
{
    const char *note = ((table_object *)object)->table.note;
    (void)closure;
    if (!note) Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(note, (Py_ssize_t)strlen(note), "replace");
}

/* --- Values --- */

static PyObject *cell(const pqa_column *column, int64_t row)
{
    if (column->valid && !column->valid[row]) Py_RETURN_NONE;
    if (column->kind != PQA_TEXT) return PyLong_FromLongLong(column->int64s[row]);
    const pqt_view text = column->texts[row];
    return PyUnicode_DecodeUTF8((const char *)text.data, (Py_ssize_t)text.size_bytes,
                                "replace");
}

static const pqa_column *column_at(PyObject *object, PyObject *number)
{
    const pqa_table *table = &((table_object *)object)->table;
    const long index = PyLong_AsLong(number);
    if (index == -1 && PyErr_Occurred()) return NULL;
    if (index >= 0 && index < table->column_count) return &table->columns[index];
    PyErr_Format(PyExc_IndexError, "there is no column %ld", index);
    return NULL;
}

/* column(i) -> its values as a list; dates as days since 1970-01-01. */
static PyObject *table_column(PyObject *object, PyObject *number)
{
    const int64_t rows = ((table_object *)object)->table.row_count;
    const pqa_column *column = column_at(object, number);
    PyObject *list = column ? PyList_New((Py_ssize_t)rows) : NULL;
    for (int64_t i = 0; list && i < rows; i++) {
        PyObject *value = cell(column, i);
        if (!value || PyList_SetItem(list, (Py_ssize_t)i, value) < 0) Py_CLEAR(list);
    }
    return list;
}

/* numbers(i) -> (the int64s as bytes, a byte a row that is 1 where it is not null, or
 * None); None for texts. */
static PyObject *table_numbers(PyObject *object, PyObject *number)
{
    const Py_ssize_t rows = table_length(object);
    const pqa_column *column = column_at(object, number);
    if (!column) return NULL;
    if (column->kind == PQA_TEXT) Py_RETURN_NONE;
    if (!column->valid)
        return Py_BuildValue("(y#O)", (const char *)column->int64s, rows * 8, Py_None);
    return Py_BuildValue("(y#y#)", (const char *)column->int64s, rows * 8,
                         (const char *)column->valid, rows);
}

/* --- Out of Python --- */

static PyObject *table_stream(PyObject *object, PyObject *arguments, PyObject *named)
{
    static char *names[] = {"requested_schema", NULL};
    PyObject *requested = Py_None; /* a wish, which may be left unheard */
    pqt_error error = {0};
    struct ArrowArrayStream stream;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "|O", names, &requested))
        return NULL;
    const pqt_status status =
        pqa_table_arrow_stream(&((table_object *)object)->table, &stream, &error);
    if (status == PQT_OK) return capsule_of_stream(&stream);
    call_raise(status, &error);
    return NULL;
}

static PyObject *table_schema(PyObject *object, PyObject *nothing)
{
    pqt_error error = {0};
    struct ArrowArrayStream stream;
    (void)nothing;
    const pqt_status status =
        pqa_table_arrow_stream(&((table_object *)object)->table, &stream, &error);
    if (status != PQT_OK) {
        call_raise(status, &error);
        return NULL;
    }
    PyObject *capsule = capsule_of_schema_of(&stream);
    stream.release(&stream);
    return capsule;
}

static pqt_status write_piece(void *self, const char *text, size_t size_bytes,
                              pqt_error *error)
{
    PyObject *piece = PyBytes_FromStringAndSize(text, (Py_ssize_t)size_bytes);
    const int failed = !piece || PyList_Append(self, piece) < 0;
    Py_XDECREF(piece);
    if (!failed) return PQT_OK;
    if (error) *error = (pqt_error){PQT_NOMEM, "out of memory"};
    return PQT_NOMEM;
}

enum { MOST_HEADINGS = 64 };

/* csv(headings or None) -> a list of bytes. */
static PyObject *table_csv(PyObject *object, PyObject *headings)
{
    const pqa_table *table = &((table_object *)object)->table;
    const char *texts[MOST_HEADINGS];
    pqt_error error = {0};
    PyObject *keep = PyList_New(0);
    PyObject *pieces = PyList_New(0);
    bool failed = !keep || !pieces || table->column_count > MOST_HEADINGS;
    for (int32_t i = 0; !failed && headings != Py_None && i < table->column_count; i++) {
        PyObject *heading = PySequence_GetItem(headings, i);
        PyObject *bytes = heading ? PyUnicode_AsUTF8String(heading) : NULL;
        failed = !bytes || PyList_Append(keep, bytes) < 0;
        if (!failed) texts[i] = PyBytes_AsString(bytes);
        Py_XDECREF(bytes);
        Py_XDECREF(heading);
    }
    if (!failed) {
        const pqa_text_output output = {write_piece, pieces};
        const pqt_status status = pqa_table_write_csv(
            table, headings == Py_None ? NULL : texts, &output, &error);
        failed = status != PQT_OK;
        if (failed && !PyErr_Occurred()) call_raise(status, &error);
    }
    Py_XDECREF(keep);
    if (failed) Py_CLEAR(pieces);
    return pieces;
}

static PyMethodDef table_methods[] = {
    {"column", table_column, METH_O, NULL},
    {"numbers", table_numbers, METH_O, NULL},
    {"csv", table_csv, METH_O, NULL},
    {"__arrow_c_stream__", PYTHON_FUNCTION(table_stream), METH_VARARGS | METH_KEYWORDS,
     NULL},
    {"__arrow_c_schema__", table_schema, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef table_getters[] = {
    {"columns", table_columns, NULL, NULL, NULL},
    {"note", table_note, NULL, NULL, NULL},
    {0},
};
static PyType_Slot table_slots[] = {
    {Py_tp_dealloc, table_dealloc}, {Py_tp_methods, table_methods},
    {Py_tp_getset, table_getters},  {Py_sq_length, table_length},
    {0, NULL},
};
static PyType_Spec table_spec = {"pqa._pqa.Table", sizeof(table_object), 0,
                                 Py_TPFLAGS_DEFAULT, table_slots};

int table_add_type(PyObject *module)
{
    table_type = (PyTypeObject *)PyType_FromSpec(&table_spec);
    if (!table_type) return -1;
    Py_INCREF(table_type);
    return PyModule_AddObject(module, "Table", (PyObject *)table_type);
}
