#include "capsule.h"

#include <errno.h>

#include "call.h"

/* A structure of Arrow's moves into the capsule, which releases it if nobody took it. */
#define DEFINE_CAPSULE(name, structure, title)                                 \
    static void free_##name(PyObject *capsule)                                 \
    {                                                                          \
        structure *held = PyCapsule_GetPointer(capsule, title);                \
        if (!held) return;                                                     \
        if (held->release) held->release(held);                                \
        PyMem_Free(held);                                                      \
    }                                                                          \
    PyObject *capsule_of_##name(structure *given)                              \
    {                                                                          \
        structure *held = PyMem_Malloc(sizeof *held);                          \
        PyObject *capsule = held ? PyCapsule_New(held, title, free_##name) : NULL; \
        if (capsule) {                                                         \
            *held = *given;                                                    \
            return capsule;                                                    \
        }                                                                      \
        given->release(given);                                                 \
        PyMem_Free(held);                                                      \
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();                     \
    }

DEFINE_CAPSULE(stream, struct ArrowArrayStream, "arrow_array_stream")
DEFINE_CAPSULE(schema, struct ArrowSchema, "arrow_schema")
DEFINE_CAPSULE(array, struct ArrowArray, "arrow_array")

void capsule_raise(struct ArrowArrayStream *stream, int number)
{
    pqt_error error = {.status = PQT_IO};
    const char *message = stream->get_last_error(stream);
    if (number == ENOMEM) error.status = PQT_NOMEM;
    if (number == EINVAL) error.status = PQT_INVALID;
    if (number == ENOTSUP) error.status = PQT_UNSUPPORTED;
    PyOS_snprintf(error.message, sizeof error.message, "%s",
                  message ? message : "the stream failed");
    call_raise(error.status, &error);
}

PyObject *capsule_of_schema_of(struct ArrowArrayStream *stream)
{
    struct ArrowSchema schema;
    const int failed = stream->get_schema(stream, &schema);
    if (!failed) return capsule_of_schema(&schema);
    capsule_raise(stream, failed);
    return NULL;
}
