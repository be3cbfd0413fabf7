/* The evidence of comparisons, which needs no archive. */
#ifndef SHADOW_H
#define SHADOW_H

#include "python.h"

/* Adds the functions shadow_failed and shadow_summary. */
int shadow_add(PyObject *module);

#endif
