#include "parquet/arrow_levels.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "parquet/arrow_check.h"
#include "parquet/bits.h"

/*
 * The entries go down from the root to the leaf, a field at a time. An entry that is
 * there has the field's valid_level and a slot; one that ended above (by a null or an
 * empty list) has kept the level that it came to, which is lower, and has no slot.
 */
struct walk {
    arrow_levels *levels;
    const import_field *field;
    const struct ArrowArray *array;
    pqt_error *error;
};

static pqt_status invalid(struct walk *w, const char *what, int64_t at)
{
    return error_set(w->error, PQT_INVALID, "%s (slot %lld of the array)", what,
                     (long long)(at - w->array->offset));
}

/* --- Lists of slots and entries --- */

static pqt_status push_slots(const struct walk *w, arrow_span_list *list, int64_t start,
                             int64_t count)
{
    list->slot_count += (size_t)count;
    arrow_span *last = list->count ? &list->spans[list->count - 1] : NULL;
    if (last && last->start + last->count == start) {
        last->count += count;
        return PQT_OK;
    }
    if (list->count == list->capacity &&
        alloc_grow(w->levels->allocator, (void **)&list->spans, &list->capacity,
                   list->count + 1, sizeof *list->spans) != 0)
        return error_no_memory(w->error, (list->count + 1) * sizeof *list->spans);
    list->spans[list->count++] = (arrow_span){start, count};
    return PQT_OK;
}

static pqt_status reserve_entries(const struct walk *w, arrow_entry_list *list,
                                  size_t count)
{
    const pqt_allocator *allocator = w->levels->allocator;
    size_t capacity = list->capacity;
    if (alloc_grow(allocator, (void **)&list->definition, &capacity, count,
                   sizeof *list->definition) != 0)
        return error_no_memory(w->error, count * sizeof *list->definition);
    capacity = list->capacity;
    if (alloc_grow(allocator, (void **)&list->repetition, &capacity, count,
                   sizeof *list->repetition) != 0)
        return error_no_memory(w->error, count * sizeof *list->repetition);
    list->capacity = capacity;
    return PQT_OK;
}

static void clear_slots(arrow_span_list *list)
{
    list->count = 0;
    list->slot_count = 0;
}

static void take_next_slots(arrow_levels *l)
{
    const arrow_span_list taken = l->slots;
    l->slots = l->next_slots;
    l->next_slots = taken;
}

static void take_next_entries(arrow_levels *l)
{
    const arrow_entry_list taken = l->entries;
    l->entries = l->next_entries;
    l->next_entries = taken;
}

/* --- Nulls --- */

static void replace_level(arrow_entry_list *entries, uint16_t from, uint16_t to)
{
    uint16_t *definition = entries->definition;
    for (size_t i = 0; i < entries->count; i++)
        definition[i] = definition[i] == from ? to : definition[i];
}

static pqt_status end_all(struct walk *w)
{
    if (w->field->null_level == w->field->valid_level && w->levels->slots.slot_count > 0)
        return invalid(w, "a null where the schema allows none", w->array->offset);
    replace_level(&w->levels->entries, w->field->valid_level, w->field->null_level);
    clear_slots(&w->levels->slots);
    return PQT_OK;
}

/* Ends the entries whose slots are null. */
static pqt_status end_nulls(struct walk *w, const uint8_t *validity)
{
    arrow_levels *l = w->levels;
    const uint16_t valid = w->field->valid_level, null = w->field->null_level;
    uint16_t *definition = l->entries.definition;
    size_t entry = 0;
    clear_slots(&l->next_slots);
    for (size_t s = 0; s < l->slots.count; s++) {
        const arrow_span span = l->slots.spans[s];
        for (int64_t at = span.start; at < span.start + span.count; at++, entry++) {
            while (definition[entry] != valid) entry++;
            if (bits_get(validity, (size_t)at)) {
                TRY(push_slots(w, &l->next_slots, at, 1));
                continue;
            }
            if (valid == null)
                return invalid(w, "a null where the schema allows none", at);
            definition[entry] = null;
        }
    }
    take_next_slots(l);
    return PQT_OK;
}

/* --- Lists --- */

static int64_t load_integer(const void *buffer, int32_t bytes, bool is_unsigned,
                            int64_t at)
{
    const uint8_t *from = (const uint8_t *)buffer + at * bytes;
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    switch (bytes) {
    case 1:
        memcpy(&i8, from, sizeof i8);
        return is_unsigned ? (uint8_t)i8 : i8;
    case 2:
        memcpy(&i16, from, sizeof i16);
        return is_unsigned ? (uint16_t)i16 : i16;
    case 4:
        memcpy(&i32, from, sizeof i32);
        return is_unsigned ? (int64_t)(uint32_t)i32 : i32;
    default:
        memcpy(&i64, from, sizeof i64);
        return i64;
    }
}

/* The elements of the list at a slot, as they are said to be. */
static arrow_span list_at(const struct walk *w, int64_t at)
{
    const void *const *buffers = w->array->buffers;
    int64_t start, end;
    switch (w->field->kind) {
    case IMPORT_LIST:
        start = load_integer(buffers[1], 4, false, at);
        end = load_integer(buffers[1], 4, false, at + 1);
        break;
    case IMPORT_LARGE_LIST:
        start = load_integer(buffers[1], 8, false, at);
        end = load_integer(buffers[1], 8, false, at + 1);
        break;
    case IMPORT_LIST_VIEW:
        return (arrow_span){load_integer(buffers[1], 4, false, at),
                            load_integer(buffers[2], 4, false, at)};
    case IMPORT_LARGE_LIST_VIEW:
        return (arrow_span){load_integer(buffers[1], 8, false, at),
                            load_integer(buffers[2], 8, false, at)};
    default:
        return (arrow_span){at * w->field->size, w->field->size};
    }
    return (arrow_span){start, start < 0 || end < start ? -1 : end - start};
}

/* How many entries the lists make, each of them checked. */
static pqt_status count_elements(struct walk *w, size_t *out)
{
    const arrow_levels *l = w->levels;
    const int64_t length = w->array->children[0]->length;
    size_t total = l->entries.count;
    for (size_t s = 0; s < l->slots.count; s++) {
        const arrow_span span = l->slots.spans[s];
        for (int64_t at = span.start; at < span.start + span.count; at++) {
            const arrow_span list = list_at(w, at);
            if (list.count < 0 || list.start < 0 || list.start > length ||
                list.count > length - list.start)
                return invalid(w, "a list that is not within its elements", at);
            total += list.count ? (size_t)list.count - 1 : 0;
            if (total > SIZE_MAX / 64)
                return error_set(w->error, PQT_LIMIT, "too many elements in %zu lists",
                                 l->slots.slot_count);
        }
    }
    *out = total;
    return PQT_OK;
}

/* The entries of a list's elements; the first takes the list's own place. */
static void put_elements(const import_field *field, uint16_t repetition, int64_t count,
                         arrow_entry_list *out)
{
    const uint16_t inside = (uint16_t)(field->valid_level + 1);
    uint16_t *definitions = out->definition + out->count;
    uint16_t *repetitions = out->repetition + out->count;
    for (int64_t i = 0; i < count; i++) {
        definitions[i] = inside;
        repetitions[i] = field->repetition;
    }
    repetitions[0] = repetition;
    out->count += (size_t)count;
}

static void put_entry(const arrow_entry_list *in, size_t at, arrow_entry_list *out)
{
    out->definition[out->count] = in->definition[at];
    out->repetition[out->count++] = in->repetition[at];
}

static pqt_status open_lists(struct walk *w)
{
    arrow_levels *l = w->levels;
    const arrow_entry_list *in = &l->entries;
    arrow_entry_list *out = &l->next_entries;
    size_t total = 0, entry = 0;
    TRY(count_elements(w, &total));
    TRY(reserve_entries(w, out, total));
    out->count = 0;
    clear_slots(&l->next_slots);
    for (size_t s = 0; s < l->slots.count; s++) {
        const arrow_span span = l->slots.spans[s];
        for (int64_t at = span.start; at < span.start + span.count; at++, entry++) {
            while (in->definition[entry] != w->field->valid_level)
                put_entry(in, entry++, out);
            const arrow_span list = list_at(w, at);
            if (list.count == 0) {
                put_entry(in, entry, out);
                continue;
            }
            put_elements(w->field, in->repetition[entry], list.count, out);
            TRY(push_slots(w, &l->next_slots, list.start, list.count));
        }
    }
    while (entry < in->count) put_entry(in, entry++, out);
    take_next_entries(l);
    take_next_slots(l);
    return PQT_OK;
}

/* --- Dictionaries and runs: each slot is one of the values --- */

static pqt_status take_indexes(struct walk *w)
{
    arrow_levels *l = w->levels;
    const int64_t length = w->array->dictionary->length;
    clear_slots(&l->next_slots);
    for (size_t s = 0; s < l->slots.count; s++) {
        const arrow_span span = l->slots.spans[s];
        for (int64_t at = span.start; at < span.start + span.count; at++) {
            const int64_t index = load_integer(w->array->buffers[1], w->field->size,
                                               w->field->is_unsigned, at);
            if (index < 0 || index >= length)
                return invalid(w, "an index that is not within its dictionary", at);
            TRY(push_slots(w, &l->next_slots, index, 1));
        }
    }
    take_next_slots(l);
    return PQT_OK;
}

static int64_t run_end(const struct walk *w, int64_t run)
{
    const struct ArrowArray *ends = w->array->children[0];
    return load_integer(ends->buffers[1], w->field->size, false, ends->offset + run);
}

/* The first run that ends behind `at`. */
static int64_t find_run(const struct walk *w, int64_t at)
{
    int64_t low = 0, high = w->array->children[0]->length;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (run_end(w, middle) > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static pqt_status take_runs(struct walk *w)
{
    arrow_levels *l = w->levels;
    const int64_t runs = w->array->children[0]->length;
    const int64_t values = w->array->children[1]->length;
    clear_slots(&l->next_slots);
    for (size_t s = 0; s < l->slots.count; s++) {
        const arrow_span span = l->slots.spans[s];
        int64_t run = find_run(w, span.start);
        for (int64_t at = span.start; at < span.start + span.count; at++) {
            while (run < runs && run_end(w, run) <= at) run++;
            if (run >= runs || run >= values)
                return invalid(w, "a slot behind the last run", at);
            TRY(push_slots(w, &l->next_slots, run, 1));
        }
    }
    take_next_slots(l);
    return PQT_OK;
}

/* --- The way down --- */

/* From slots as the array above counts them to those of the array's buffers. */
static void add_offset(arrow_levels *l, int64_t offset)
{
    for (size_t i = 0; offset && i < l->slots.count; i++)
        l->slots.spans[i].start += offset;
}

/* Levels and nulls of the array at hand. */
static pqt_status enter(struct walk *w)
{
    const import_field *field = w->field;
    add_offset(w->levels, w->array->offset);
    if (field->adds_level)
        replace_level(&w->levels->entries, field->null_level, field->valid_level);
    if (field->kind == IMPORT_LEAF && field->type.layout == IMPORT_NULLS)
        return end_all(w);
    const uint8_t *validity = arrow_validity(field, w->array);
    return validity ? end_nulls(w, validity) : PQT_OK;
}

/* To the slots of the array below. */
static pqt_status leave(struct walk *w)
{
    switch (w->field->kind) {
    case IMPORT_STRUCT:
    case IMPORT_LEAF:
        return PQT_OK;
    case IMPORT_DICTIONARY:
        return take_indexes(w);
    case IMPORT_RUNS:
        return take_runs(w);
    default:
        return open_lists(w);
    }
}

static pqt_status step(struct walk *w, const import_field *child)
{
    TRY(enter(w));
    TRY(leave(w));
    if (!child) return PQT_OK;
    w->array = arrow_check_child(child, w->array);
    w->field = child;
    return PQT_OK;
}

/* One entry a row. */
static pqt_status begin(struct walk *w, int64_t first, int64_t count)
{
    arrow_levels *l = w->levels;
    TRY(reserve_entries(w, &l->entries, (size_t)count));
    memset(l->entries.definition, 0, (size_t)count * sizeof *l->entries.definition);
    memset(l->entries.repetition, 0, (size_t)count * sizeof *l->entries.repetition);
    l->entries.count = (size_t)count;
    clear_slots(&l->slots);
    return push_slots(w, &l->slots, first, count);
}

/* The field on the way from the root that is just above `below`. */
static const import_field *next_field(const import_field *leaf, const import_field *at)
{
    const import_field *next = leaf;
    while (next && next->parent != at) next = next->parent;
    return next;
}

pqt_status arrow_levels_make(const import_field *leaf, const struct ArrowArray *root,
                             int64_t first, int64_t count, arrow_levels *out,
                             pqt_error *error)
{
    struct walk w = {.levels = out, .array = root, .error = error};
    const import_field *top = leaf;
    while (top->parent) top = top->parent;
    w.field = top;
    pqt_status status = begin(&w, first, count);
    for (const import_field *child = top; child && status == PQT_OK;) {
        const import_field *here = w.field;
        child = here == leaf ? NULL : next_field(leaf, here);
        status = step(&w, child);
        if (status != PQT_OK) import_error_prefix(here, error);
    }
    out->array = w.array;
    return status;
}

void arrow_levels_free(arrow_levels *l)
{
    alloc_release(l->allocator, l->entries.definition);
    alloc_release(l->allocator, l->entries.repetition);
    alloc_release(l->allocator, l->next_entries.definition);
    alloc_release(l->allocator, l->next_entries.repetition);
    alloc_release(l->allocator, l->slots.spans);
    alloc_release(l->allocator, l->next_slots.spans);
    *l = (arrow_levels){0};
}
