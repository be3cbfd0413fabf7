/* Listing a directory's files as keys, in bytewise order of the whole keys. */
#ifndef STORE_LOCAL_LIST_H
#define STORE_LOCAL_LIST_H

#include "store/store.h"

struct local_list {
    const char *root;
    const char *prefix;
    const char *start_after; /* NULL: from the first */
    store_list_callback callback;
    void *self;
};

/* Memory: the names of the directories on the way down, and all names of each. */
pqt_status local_list_run(const struct local_list *list, pqt_error *error);

#endif
