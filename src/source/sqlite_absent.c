#include "source/kind.h"

pqt_status source_open_sqlite(const char *url, const source_options *options,
                              source **out, pqt_error *error)
{
    (void)url;
    (void)options;
    (void)out;
    return error_set(error, PQT_UNSUPPORTED,
                     "this build has no SQLite; build it with -Dsqlite=enabled");
}
