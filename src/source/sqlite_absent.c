#include "source/kind.h"

static pqt_status refuse(pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED,
                     "this build has no SQLite; build it with -Dsqlite=enabled");
}

pqt_status source_use_sqlite(const void *routines, pqt_error *error)
{
    (void)routines;
    return refuse(error);
}

pqt_status source_open_sqlite(const char *url, const source_options *options,
                              source **out, pqt_error *error)
{
    (void)url;
    (void)options;
    (void)out;
    return refuse(error);
}
