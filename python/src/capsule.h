/* The capsules of Arrow's PyCapsule interface. */
#ifndef CAPSULE_H
#define CAPSULE_H

#include "python.h"
#include "pqt_arrow.h"

/* Each takes the structure over, also on failure. */
PyObject *capsule_of_stream(struct ArrowArrayStream *stream);
PyObject *capsule_of_schema(struct ArrowSchema *schema);
PyObject *capsule_of_array(struct ArrowArray *array);

/* The schema of a stream, which stays the caller's. */
PyObject *capsule_of_schema_of(struct ArrowArrayStream *stream);

/* Raises what the stream says of its failure. */
void capsule_raise(struct ArrowArrayStream *stream, int number);

#endif
