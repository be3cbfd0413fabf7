#include "parquet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "capsule.h"
#include "pqt.h"

/* A reader lives as long as its object or a stream of it. */
typedef struct shared_reader {
    pqt_reader *reader;
    int holders;
} shared_reader;

typedef struct reader_object {
    PyObject_HEAD
    shared_reader *shared;
} reader_object;

static PyTypeObject *reader_type;

static void release_reader(shared_reader *shared)
{
    if (!shared || __atomic_sub_fetch(&shared->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    pqt_reader_close(shared->reader);
    free(shared);
}

/* --- Opening --- */

struct opening {
    const char *path;
    pqt_reader *reader;
};

static pqt_status work_open(void *self, pqt_error *error)
{
    struct opening *o = self;
    return pqt_reader_open_file(o->path, NULL, &o->reader, error);
}

static PyObject *reader_new(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *path = NULL;
    (void)named;
    if (!PyArg_ParseTuple(arguments, "O&", PyUnicode_FSConverter, &path)) return NULL;
    struct opening o = {.path = PyBytes_AsString(path)};
    call c = {.work = work_open, .self = &o};
    reader_object *self = NULL;
    shared_reader *shared = calloc(1, sizeof *shared);
    if (!shared)
        PyErr_NoMemory();
    else if (call_run(&c, NULL) == 0)
        self = PyObject_New(reader_object, type);
    if (self) {
        *shared = (shared_reader){o.reader, 1};
        self->shared = shared;
    } else {
        pqt_reader_close(o.reader);
        free(shared);
    }
    Py_DECREF(path);
    return (PyObject *)self;
}

static void reader_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    release_reader(((reader_object *)object)->shared);
    PyObject_Free(object);
    Py_DECREF(type);
}

/* --- What the footer says --- */

static pqt_status append_text(void *self, const char *text, size_t size_bytes,
                              pqt_error *error)
{
    PyObject *piece = PyUnicode_DecodeUTF8(text, (Py_ssize_t)size_bytes, "replace");
    const int failed = !piece || PyList_Append(self, piece) < 0;
    Py_XDECREF(piece);
    if (!failed) return PQT_OK;
    if (error) *error = (pqt_error){PQT_NOMEM, "out of memory"};
    return PQT_NOMEM;
}

/* metadata(as_json) or schema_text(): pieces of text. */
static PyObject *print(PyObject *object, bool schema)
{
    const pqt_reader *reader = ((reader_object *)object)->shared->reader;
    PyObject *pieces = PyList_New(0);
    pqt_error error = {0};
    if (!pieces) return NULL;
    const pqt_text_output output = {append_text, pieces};
    const pqt_status status = schema ? pqt_print_schema(reader, &output, &error)
                                     : pqt_print_metadata(reader, true, &output, &error);
    if (status == PQT_OK) return pieces;
    Py_DECREF(pieces);
    if (!PyErr_Occurred()) call_raise(status, &error);
    return NULL;
}

static PyObject *reader_metadata(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    return print(object, false);
}

static PyObject *reader_schema_text(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    return print(object, true);
}

/* --- Streams --- */

/* A stream of the library and the reader that it needs. */
struct held_stream {
    struct ArrowArrayStream inner;
    shared_reader *shared;
};

static int held_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct held_stream *s = stream->private_data;
    return s->inner.get_schema(&s->inner, out);
}

static int held_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct held_stream *s = stream->private_data;
    return s->inner.get_next(&s->inner, out);
}

static const char *held_error(struct ArrowArrayStream *stream)
{
    struct held_stream *s = stream->private_data;
    return s->inner.get_last_error(&s->inner);
}

static void held_release(struct ArrowArrayStream *stream)
{
    struct held_stream *s = stream->private_data;
    s->inner.release(&s->inner);
    release_reader(s->shared);
    free(s);
    stream->release = NULL;
}

/* What a stream is asked for, as the library wants it. */
struct choice {
    const char **columns;
    pqt_predicate *predicates;
    int32_t column_count, predicate_count;
    PyObject *keep;
    pqt_scan_options scan;
    pqt_arrow_options arrow;
};

static void free_choice(struct choice *c)
{
    for (int32_t i = 0; i < c->predicate_count; i++) pqt_predicate_free(&c->predicates[i]);
    free(c->predicates);
    free(c->columns);
    Py_XDECREF(c->keep);
}

/* The text of an entry of a sequence; `keep` holds it. */
static const char *text_at(PyObject *sequence, Py_ssize_t i, PyObject *keep)
{
    PyObject *item = PySequence_GetItem(sequence, i);
    PyObject *bytes = item ? PyUnicode_AsUTF8String(item) : NULL;
    const char *text = bytes && PyList_Append(keep, bytes) == 0 ? PyBytes_AsString(bytes)
                                                                : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(item);
    return text;
}

static int choose_columns(struct choice *c, PyObject *columns)
{
    const Py_ssize_t count = columns == Py_None ? 0 : PySequence_Size(columns);
    if (count < 0 || count > INT32_MAX) return -1;
    c->columns = calloc((size_t)count + 1, sizeof *c->columns);
    if (!c->columns) return PyErr_NoMemory(), -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        c->columns[i] = text_at(columns, i, c->keep);
        if (!c->columns[i]) return -1;
        c->column_count++;
    }
    return 0;
}

static int choose_rows(struct choice *c, const pqt_reader *reader, PyObject *where)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    const Py_ssize_t count = where == Py_None ? 0 : PySequence_Size(where);
    pqt_error error = {0};
    if (count < 0 || count > INT32_MAX) return -1;
    c->predicates = calloc((size_t)count + 1, sizeof *c->predicates);
    if (!c->predicates) return PyErr_NoMemory(), -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *text = text_at(where, i, c->keep);
        if (!text) return -1;
        const pqt_status status =
            pqt_predicate_parse(schema, text, &c->predicates[i], &error);
        if (status != PQT_OK) return call_raise(status, &error), -1;
        c->predicate_count++;
    }
    return 0;
}

static PyObject *open_stream(shared_reader *shared, struct choice *c)
{
    struct held_stream *s = calloc(1, sizeof *s);
    pqt_error error = {0};
    if (!s) return PyErr_NoMemory();
    c->scan.predicates = c->predicates;
    c->scan.predicate_count = c->predicate_count;
    c->arrow.columns = c->column_count > 0 ? c->columns : NULL;
    c->arrow.column_count = c->column_count;
    c->arrow.scan = &c->scan;
    const pqt_status status = pqt_arrow_stream(shared->reader, &c->arrow, &s->inner, &error);
    if (status != PQT_OK) {
        free(s);
        call_raise(status, &error);
        return NULL;
    }
    __atomic_add_fetch(&shared->holders, 1, __ATOMIC_RELAXED);
    s->shared = shared;
    struct ArrowArrayStream stream = {.get_schema = held_schema,
                                      .get_next = held_next,
                                      .get_last_error = held_error,
                                      .release = held_release,
                                      .private_data = s};
    return capsule_of_stream(&stream);
}

/* stream(columns, where, batch_rows, threads): a capsule. */
static PyObject *reader_stream(PyObject *object, PyObject *arguments)
{
    shared_reader *shared = ((reader_object *)object)->shared;
    struct choice c = {.keep = PyList_New(0)};
    PyObject *columns, *where, *result = NULL;
    long long batch_rows;
    if (c.keep && PyArg_ParseTuple(arguments, "OOLi", &columns, &where, &batch_rows,
                                   &c.scan.threads)) {
        c.scan.batch_rows = batch_rows;
        if (choose_columns(&c, columns) == 0 && choose_rows(&c, shared->reader, where) == 0)
            result = open_stream(shared, &c);
    }
    free_choice(&c);
    return result;
}

/* --- Batch after batch --- */

struct next {
    struct ArrowArrayStream *stream;
    struct ArrowArray array;
    int failed;
};

static pqt_status work_next(void *self, pqt_error *error)
{
    struct next *n = self;
    (void)error;
    n->failed = n->stream->get_next(n->stream, &n->array);
    return PQT_OK;
}

static struct ArrowArrayStream *stream_in(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream && !stream->release) {
        PyErr_SetString(PyExc_ValueError, "the Arrow stream was read already");
        return NULL;
    }
    return stream;
}

/* next_batch(capsule) -> (rows, schema, array) or None behind the last. */
static PyObject *next_batch(PyObject *module, PyObject *capsule)
{
    struct next n = {.stream = stream_in(capsule)};
    call c = {.work = work_next, .self = &n};
    (void)module;
    if (!n.stream) return NULL;
    const int failed = call_run(&c, NULL);
    if (!failed && n.failed) capsule_raise(n.stream, n.failed);
    if (failed || n.failed) {
        if (n.array.release) n.array.release(&n.array);
        return NULL;
    }
    if (!n.array.release) Py_RETURN_NONE;
    const long long rows = n.array.length;
    PyObject *array = capsule_of_array(&n.array);
    PyObject *schema = array ? capsule_of_schema_of(n.stream) : NULL;
    if (!schema) {
        Py_XDECREF(array);
        return NULL;
    }
    return Py_BuildValue("(LNN)", rows, schema, array);
}

/* stream_schema(capsule) -> the capsule of its schema. */
static PyObject *stream_schema(PyObject *module, PyObject *capsule)
{
    struct ArrowArrayStream *stream = stream_in(capsule);
    (void)module;
    return stream ? capsule_of_schema_of(stream) : NULL;
}

/* --- Writing --- */

struct writing {
    struct ArrowArrayStream *stream;
    int descriptor;
    volatile int cancelled;
    pqt_column_options *columns;
    pqt_column_options column;
    pqt_writer_options options;
    pqt_written written;
};

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    const struct writing *w = self;
    while (size_bytes > 0) {
        if (__atomic_load_n(&w->cancelled, __ATOMIC_RELAXED)) return PQT_CANCELLED;
        const ssize_t count = write(w->descriptor, data, size_bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            if (error) {
                error->status = PQT_IO;
                PyOS_snprintf(error->message, sizeof error->message,
                              "cannot write the file: %s", strerror(errno));
            }
            return PQT_IO;
        }
        data += count;
        size_bytes -= (size_t)count;
    }
    return PQT_OK;
}

/* All columns are written alike. */
static pqt_status make_columns(struct writing *w, int64_t fields, pqt_error *error)
{
    w->columns = calloc((size_t)fields + 1, sizeof *w->columns);
    if (!w->columns) {
        if (error) *error = (pqt_error){PQT_NOMEM, "out of memory"};
        return PQT_NOMEM;
    }
    for (int64_t i = 0; i < fields; i++) w->columns[i] = w->column;
    return PQT_OK;
}

/* As many entries as there may be leaves: a leaf is a field without children, and a
 * dictionary's are those of its values. */
static int64_t count_fields(const struct ArrowSchema *schema)
{
    int64_t count = 1 + (schema->dictionary ? count_fields(schema->dictionary) : 0);
    for (int64_t i = 0; i < schema->n_children; i++)
        count += count_fields(schema->children[i]);
    return count;
}

static pqt_status work_write(void *self, pqt_error *error)
{
    struct writing *w = self;
    struct ArrowSchema schema;
    const pqt_output output = {write_bytes, w};
    if (w->stream->get_schema(w->stream, &schema) == 0) {
        const int64_t fields = count_fields(&schema);
        schema.release(&schema);
        const pqt_status status = make_columns(w, fields, error);
        if (status != PQT_OK) return status;
    }
    return pqt_arrow_write_stream(&output, w->stream, w->columns, &w->options, &w->written,
                                  error);
}

static int choose_codec(struct writing *w, const char *name, int level, int portable)
{
    static const struct {
        const char *name;
        pqt_codec codec;
    } codecs[] = {{"none", PQT_UNCOMPRESSED},     {"snappy", PQT_SNAPPY},
                  {"gzip", PQT_GZIP},     {"brotli", PQT_BROTLI},
                  {"zstd", PQT_ZSTD},     {"lz4", PQT_LZ4_RAW}};
    w->column = pqt_column_defaults();
    w->column.level = level;
    w->column.portable = portable;
    if (!name) return 0;
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (strcmp(codecs[i].name, name) != 0) continue;
        w->column.codec = codecs[i].codec;
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "there is no codec '%s'; there are none, snappy, gzip, brotli, zstd, lz4",
                 name);
    return -1;
}

/* write(capsule, descriptor, codec, level, portable, row_group_rows, threads) -> (rows,
 * bytes). */
static PyObject *write_file(PyObject *module, PyObject *arguments)
{
    struct writing w = {0};
    PyObject *capsule;
    const char *codec;
    int level, portable;
    long long row_group_rows;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OizipLi", &capsule, &w.descriptor, &codec, &level,
                          &portable, &row_group_rows, &w.options.threads))
        return NULL;
    w.options.row_group_rows = row_group_rows;
    w.stream = stream_in(capsule);
    if (!w.stream || choose_codec(&w, codec, level, portable) < 0) return NULL;
    call c = {.work = work_write, .self = &w, .cancelled = &w.cancelled};
    const int failed = call_run(&c, NULL);
    free(w.columns);
    if (failed) return NULL;
    return Py_BuildValue("(LL)", (long long)w.written.row_count,
                         (long long)w.written.file_bytes);
}

/* --- Adding them --- */

static PyMethodDef reader_methods[] = {
    {"metadata", reader_metadata, METH_NOARGS, NULL},
    {"schema_text", reader_schema_text, METH_NOARGS, NULL},
    {"stream", reader_stream, METH_VARARGS, NULL},
    {0},
};
static PyType_Slot reader_slots[] = {
    {Py_tp_new, reader_new},
    {Py_tp_dealloc, reader_dealloc},
    {Py_tp_methods, reader_methods},
    {0, NULL},
};
static PyType_Spec reader_spec = {"pqa._pqa.Reader", sizeof(reader_object), 0,
                                  Py_TPFLAGS_DEFAULT, reader_slots};
static PyMethodDef functions[] = {
    {"write", write_file, METH_VARARGS, NULL},
    {"next_batch", next_batch, METH_O, NULL},
    {"stream_schema", stream_schema, METH_O, NULL},
    {0},
};

int parquet_add(PyObject *module)
{
    reader_type = (PyTypeObject *)PyType_FromSpec(&reader_spec);
    if (!reader_type) return -1;
    Py_INCREF(reader_type);
    if (PyModule_AddObject(module, "Reader", (PyObject *)reader_type) < 0) return -1;
    return PyModule_AddFunctions(module, functions);
}
