/* What the kinds share of putting rows back. */
#ifndef SOURCE_INSERTION_H
#define SOURCE_INSERTION_H

#include "source/kind.h"

/* CORRUPT: the database has the id with other values. */
pqt_status insertion_contradict(int64_t id, pqt_error *error);
/* INVALID: a project or version of the rows is gone; `words` are the database's. */
pqt_status insertion_lacks_parent(const char *words, pqt_error *error);

#endif
