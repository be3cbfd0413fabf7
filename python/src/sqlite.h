/* The SQLite of Python's own module, for the library to use. */
#ifndef SQLITE_H
#define SQLITE_H

#include "python.h"

/* Adds the function use_sqlite. */
int sqlite_add(PyObject *module);

#endif
