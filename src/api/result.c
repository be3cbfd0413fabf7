#include "api/result.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/arena.h"

/* A column being filled: one of the two arrays, by its kind. */
struct filling {
    int64_t *int64s;
    pqt_view *texts;
    uint8_t *valid;
    bool has_nulls;
};

/* The builder becomes the finished table's memory. */
struct pqa_table_memory {
    int holders; /* the table, and arrays of Arrow that show it; counted atomically */
    pqa_column *columns;
    struct filling *fillings;
    int32_t column_count;
    size_t row_count;
    size_t capacity;
    char *note;
    arena texts;
};

struct result {
    struct pqa_table_memory memory;
};

static void free_memory(struct pqa_table_memory *memory)
{
    for (int32_t i = 0; memory->fillings && i < memory->column_count; i++) {
        alloc_release(NULL, memory->fillings[i].int64s);
        alloc_release(NULL, memory->fillings[i].texts);
        alloc_release(NULL, memory->fillings[i].valid);
    }
    alloc_release(NULL, memory->columns);
    alloc_release(NULL, memory->fillings);
    alloc_release(NULL, memory->note);
    arena_free(&memory->texts);
}

struct pqa_table_memory *table_memory_hold(struct pqa_table_memory *memory)
{
    if (memory) __atomic_add_fetch(&memory->holders, 1, __ATOMIC_RELAXED);
    return memory;
}

/* The builder's memory is its first member. */
void table_memory_release(struct pqa_table_memory *memory)
{
    if (memory && __atomic_sub_fetch(&memory->holders, 1, __ATOMIC_ACQ_REL) == 0)
        result_free((result *)(void *)memory);
}

void result_free(result *r)
{
    if (!r) return;
    free_memory(&r->memory);
    alloc_release(NULL, r);
}

pqt_status result_create(const result_column *columns, int32_t column_count, result **out,
                         pqt_error *error)
{
    result *r = alloc_zeroed(NULL, 1, sizeof *r);
    if (!r) return error_no_memory(error, sizeof *r);
    const size_t count = (size_t)column_count;
    r->memory.holders = 1;
    r->memory.column_count = column_count;
    r->memory.columns = alloc_zeroed(NULL, count, sizeof *r->memory.columns);
    r->memory.fillings = alloc_zeroed(NULL, count, sizeof *r->memory.fillings);
    if (!r->memory.columns || !r->memory.fillings) {
        result_free(r);
        return error_no_memory(error, count * sizeof *r->memory.columns);
    }
    for (int32_t i = 0; i < column_count; i++)
        r->memory.columns[i] =
            (pqa_column){.name = columns[i].name, .kind = columns[i].kind};
    *out = r;
    return PQT_OK;
}

/* Room for one more row in an array of `capacity` elements. */
static int grow(void **array, size_t capacity, size_t element_bytes)
{
    void *grown = alloc_resize(NULL, *array, capacity, element_bytes);
    if (!grown) return -1;
    *array = grown;
    return 0;
}

static pqt_status reserve_row(struct pqa_table_memory *memory, pqt_error *error)
{
    if (memory->row_count < memory->capacity) return PQT_OK;
    const size_t capacity = memory->capacity ? memory->capacity * 2 : 32;
    for (int32_t i = 0; i < memory->column_count; i++) {
        struct filling *f = &memory->fillings[i];
        const bool is_text = memory->columns[i].kind == PQA_TEXT;
        void *values = is_text ? (void *)f->texts : (void *)f->int64s;
        void *valid = f->valid;
        const size_t width = is_text ? sizeof *f->texts : sizeof *f->int64s;
        if (grow(&values, capacity, width) != 0)
            return error_no_memory(error, capacity * width);
        if (is_text)
            f->texts = values;
        else
            f->int64s = values;
        if (grow(&valid, capacity, 1) != 0) return error_no_memory(error, capacity);
        f->valid = valid;
    }
    memory->capacity = capacity;
    return PQT_OK;
}

pqt_status result_append(result *r, const result_value *values, pqt_error *error)
{
    struct pqa_table_memory *memory = &r->memory;
    TRY(reserve_row(memory, error));
    for (int32_t i = 0; i < memory->column_count; i++) {
        struct filling *f = &memory->fillings[i];
        f->valid[memory->row_count] = !values[i].is_null;
        f->has_nulls = f->has_nulls || values[i].is_null;
        if (memory->columns[i].kind != PQA_TEXT) {
            f->int64s[memory->row_count] = values[i].is_null ? 0 : values[i].number;
            continue;
        }
        const pqt_view text = values[i].is_null ? (pqt_view){0} : values[i].text;
        const pqt_view copy = arena_copy(&memory->texts, text);
        if (!copy.data) return error_no_memory(error, text.size_bytes);
        f->texts[memory->row_count] = copy;
    }
    memory->row_count++;
    return PQT_OK;
}

pqt_status result_note(result *r, pqt_error *error, const char *format, ...)
{
    char note[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(note, sizeof note, format, arguments);
    va_end(arguments);
    alloc_release(NULL, r->memory.note);
    r->memory.note = alloc_text(NULL, note);
    return r->memory.note ? PQT_OK : error_no_memory(error, sizeof note);
}

void result_finish(result *r, pqa_table *out)
{
    struct pqa_table_memory *memory = &r->memory;
    for (int32_t i = 0; i < memory->column_count; i++) {
        const struct filling *f = &memory->fillings[i];
        memory->columns[i].int64s = f->int64s;
        memory->columns[i].texts = f->texts;
        memory->columns[i].valid = f->has_nulls ? f->valid : NULL;
    }
    *out = (pqa_table){.columns = memory->columns,
                       .column_count = memory->column_count,
                       .row_count = (int64_t)memory->row_count,
                       .note = memory->note,
                       .memory = memory};
}

void pqa_table_free(pqa_table *table)
{
    if (!table) return;
    table_memory_release(table->memory);
    *table = (pqa_table){0};
}
