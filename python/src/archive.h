/* An open archive in Python. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include "python.h"

/* Adds the type Handle, and the functions nightly and doctor, which open it themselves. */
int archive_add(PyObject *module);

#endif
