/*
 * A store in a directory: an object is a file, its key the path below the directory. New
 * objects are written to a file without a name, made durable, and then linked under their
 * name, which fails where one is there; so a name is only ever seen with all its bytes.
 * Names that begin with ".pqa-" at the root are the store's own and never listed.
 */
#ifndef STORE_LOCAL_STORE_H
#define STORE_LOCAL_STORE_H

#include "store/store.h"

/* As store_open for a directory's path. */
pqt_status store_open_local(const char *path, bool create, store **out, pqt_error *error);

#endif
