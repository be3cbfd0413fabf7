#include "source/insertion.h"

pqt_status insertion_contradict(int64_t id, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "the row with id %lld is in the database with other values than in "
                     "the archive; nothing of its day was put back",
                     (long long)id);
}

pqt_status insertion_lacks_parent(const char *words, pqt_error *error)
{
    return error_set(error, PQT_INVALID,
                     "a project or version of the rows is not in the database any more "
                     "(%s); nothing of the day was put back",
                     words);
}
