#include "sqlite.h"

#include <dlfcn.h>

#include "call.h"

/* What a SQLite gives to each connection that it opens: its functions. */
typedef int (*take_functions)(void *connection, char **message, const void *routines);
typedef int (*set_extension)(take_functions);

/* Set while a connection of Python is opened, with the GIL before and after. */
static const void *given;

static int take(void *connection, char **message, const void *routines)
{
    (void)connection;
    (void)message;
    given = routines;
    return 0;
}

/* Where the functions of Python's SQLite are: in its module and what that is linked with;
 * in the program, where the module is a part of it. The caller closes. */
static void *open_module(void)
{
    PyObject *module = PyImport_ImportModule("_sqlite3");
    if (!module) return NULL;
    PyObject *name = PyModule_GetFilenameObject(module);
    PyErr_Clear();
    PyObject *path = name ? PyUnicode_EncodeFSDefault(name) : NULL;
    void *found = dlopen(path ? PyBytes_AsString(path) : NULL, RTLD_LAZY | RTLD_NOLOAD);
    Py_XDECREF(path);
    Py_XDECREF(name);
    Py_DECREF(module);
    return found;
}

/* Opens a connection as the process's programs do, so that it is their SQLite that gives
 * its functions. */
static int open_connection(void)
{
    PyObject *module = PyImport_ImportModule("sqlite3");
    PyObject *connection =
        module ? PyObject_CallMethod(module, "connect", "s", ":memory:") : NULL;
    PyObject *closed = connection ? PyObject_CallMethod(connection, "close", NULL) : NULL;
    const int result = closed ? 0 : -1;
    Py_XDECREF(closed);
    Py_XDECREF(connection);
    Py_XDECREF(module);
    return result;
}

static int find_functions(void *library)
{
    const set_extension set = (set_extension)dlsym(library, "sqlite3_auto_extension");
    const set_extension cancel =
        (set_extension)dlsym(library, "sqlite3_cancel_auto_extension");
    if (!set || !cancel) return 0;
    set(take);
    const int result = open_connection();
    cancel(take);
    return result;
}

static pqt_status use_given(pqt_error *error)
{
    if (given) return pqa_use_sqlite(given, error);
    snprintf(
        error->message, sizeof error->message,
        "the SQLite of this Python cannot be used: its module sqlite3 hides it, and a "
        "second one in the process could lose rows of a database that both open; use "
        "the program pqa, or another build of Python");
    return PQT_UNSUPPORTED;
}

static PyObject *use_sqlite(PyObject *module, PyObject *nothing)
{
    pqt_error error = {0};
    (void)module;
    (void)nothing;
    given = NULL;
    void *library = open_module();
    const int failed = library ? find_functions(library) : 0;
    if (library) dlclose(library);
    if (failed || PyErr_Occurred()) return NULL;
    const pqt_status status = use_given(&error);
    if (status == PQT_OK) Py_RETURN_NONE;
    call_raise(status, &error);
    return NULL;
}

static PyMethodDef functions[] = {{"use_sqlite", use_sqlite, METH_NOARGS, NULL}, {0}};

int sqlite_add(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
