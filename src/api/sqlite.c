#include "pqa.h"
#include "source/source.h"

pqt_status pqa_use_sqlite(const void *routines, pqt_error *error)
{
    return source_use_sqlite(routines, error);
}
