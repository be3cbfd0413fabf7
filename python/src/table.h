/* A table of results in Python. */
#ifndef TABLE_H
#define TABLE_H

#include "python.h"

/* Takes the table over, also on failure. */
PyObject *table_make(pqa_table *table);

/* Adds the type to the module. */
int table_add_type(PyObject *module);

#endif
