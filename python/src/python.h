/* Python's header, by the limited API, and the library's. */
#ifndef PQA_PYTHON_H
#define PQA_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pqa.h"

#define PYTHON_FUNCTION(function) ((PyCFunction)(void (*)(void))(function))

#endif
