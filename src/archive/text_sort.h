/* Sorting many texts by their bytes, eight at a time. */
#ifndef ARCHIVE_TEXT_SORT_H
#define ARCHIVE_TEXT_SORT_H

#include "pqt_base.h"

/* A text that is sorted, by the number that finds it. */
struct sorted_text {
    uint64_t head; /* of use only while sorting: the eight bytes that are compared next */
    uint32_t number;
};

/* The text of a number: the same each time. */
typedef pqt_view (*text_getter)(const void *self, uint32_t number);

/* Sorts by the bytes of the texts, unsigned, a prefix before what it begins; equal ones
 * in any order. Takes no memory, and no more than count * log2(count) comparisons for any
 * texts. */
void text_sort(struct sorted_text *texts, size_t count, text_getter get,
               const void *self);

#endif
