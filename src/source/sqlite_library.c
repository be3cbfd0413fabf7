#include "source/sqlite.h"

/* Two SQLites in one process do not see each other's locks, as POSIX locks are a
 * process's: one would delete the write-ahead log of a database that the other still has
 * open. Where a process may have one already, it is that one's functions that are called.
 */
#ifdef PQA_SQLITE_GIVEN

enum { OLDEST_SQLITE = 3008007 }; /* the first with sqlite3_bind_text64 */

const sqlite3_api_routines *sqlite3_api;

pqt_status sqlite_check_given(pqt_error *error)
{
    if (sqlite3_api) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED,
                     "no SQLite: the process has given none (pqa_use_sqlite)");
}

pqt_status source_use_sqlite(const void *routines, pqt_error *error)
{
    const sqlite3_api_routines *given = routines;
    if (given->libversion_number() < OLDEST_SQLITE)
        return error_set(error, PQT_UNSUPPORTED,
                         "the process's SQLite is %s: 3.8.7 or newer is needed",
                         given->libversion());
    if (!given->xthreadsafe())
        return error_set(error, PQT_UNSUPPORTED,
                         "the process's SQLite was built for one thread only");
    sqlite3_api = given;
    return PQT_OK;
}

#else

pqt_status sqlite_check_given(pqt_error *error)
{
    (void)error;
    return PQT_OK;
}

pqt_status source_use_sqlite(const void *routines, pqt_error *error)
{
    (void)routines;
    return error_set(error, PQT_UNSUPPORTED,
                     "this build has a SQLite of its own; build it with "
                     "-Dsqlite_given=true to use the process's");
}

#endif
