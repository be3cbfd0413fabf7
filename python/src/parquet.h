/* Parquet files in Python. */
#ifndef PARQUET_H
#define PARQUET_H

#include "python.h"

/* Adds the type Reader and the function write. */
int parquet_add(PyObject *module);

#endif
