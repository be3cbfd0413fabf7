/*
 * Many ids, to be compared with many others: kept in memory up to a limit, beyond it as
 * sorted chunks in a nameless file.
 *
 * Memory: 8 MiB, and 64 KiB a chunk while two lists are compared.
 */
#ifndef ARCHIVE_ID_LIST_H
#define ARCHIVE_ID_LIST_H

#include <stdbool.h>

#include "base/error.h"

typedef struct id_list id_list;

/* `directory` is for the file. The caller frees. */
pqt_status id_list_create(const char *directory, id_list **out, pqt_error *error);
pqt_status id_list_add(id_list *list, int64_t id, pqt_error *error);
bool id_list_is_empty(const id_list *list);
/* The lowest and the highest id that was added; lowest > highest where there is none. */
void id_list_range(const id_list *list, int64_t *lowest, int64_t *highest);
/* Whether an id is in both; the smallest such. Nothing may be added afterwards but to a
 * cleared list. */
pqt_status id_list_find_common(id_list *a, id_list *b, bool *found, int64_t *id,
                               pqt_error *error);
/* Whether an id is in the list twice; the smallest such. As id_list_find_common. */
pqt_status id_list_find_repeated(id_list *list, bool *found, int64_t *id,
                                 pqt_error *error);
pqt_status id_list_clear(id_list *list, pqt_error *error);
/* NULL is fine. */
void id_list_free(id_list *list);

#endif
