/*
 * Any text as a condition on a column of each type: it is refused with words, or can be
 * made ready and asked about values.
 */
#include "fuzz_help.h"
#include "parquet/predicate.h"
#include "pqt_scan.h"

enum { COLUMNS = 16 };

static const pqt_schema_node nodes[COLUMNS + 1] = {
    {.name = "schema",
     .is_group = true,
     .child_count = COLUMNS,
     .parent = -1,
     .column = -1},
#define LEAF(number, type_, ...)                                                      \
    {                                                                                 \
        .name = #number, .type = type_, .column = number, .repetition = PQT_OPTIONAL, \
        .max_definition_level = 1, .type_length = 16, __VA_ARGS__                     \
    }
    LEAF(0, PQT_BOOLEAN, .field_id = -1),
    LEAF(1, PQT_INT32, .field_id = -1),
    LEAF(2, PQT_INT64, .field_id = -1),
    LEAF(3, PQT_INT96, .field_id = -1),
    LEAF(4, PQT_FLOAT, .field_id = -1),
    LEAF(5, PQT_DOUBLE, .field_id = -1),
    LEAF(6, PQT_BYTE_ARRAY, .field_id = -1),
    LEAF(7, PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}),
    LEAF(8, PQT_FIXED_LEN_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_UUID}),
    LEAF(9, PQT_INT32, .logical = {.kind = PQT_LOGICAL_DATE}),
    LEAF(10, PQT_INT64, .logical = {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_NANOS}),
    LEAF(11, PQT_INT64, .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_MICROS}),
    LEAF(12, PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 18, .scale = 4}),
    LEAF(13, PQT_FIXED_LEN_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 38, .scale = 10}),
    LEAF(14, PQT_INT32,
         .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8, .is_signed = false}),
    LEAF(15, PQT_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 60, .scale = 0}),
};
static const int32_t column_nodes[COLUMNS] = {1, 2,  3,  4,  5,  6,  7,  8,
                                              9, 10, 11, 12, 13, 14, 15, 16};
static const pqt_schema schema = {nodes, COLUMNS + 1, column_nodes, COLUMNS};

/* What was read of a text is a predicate that its column takes; a value fulfils one of a
 * comparison and its opposite. */
static void use(const pqt_predicate *read)
{
    pqt_error error = {0};
    arena memory = {0};
    predicate made;
    if (read->column < 0 || read->column >= COLUMNS) abort();
    if (predicate_make(&schema, read, &memory, &made, &error) != PQT_OK) abort();
    for (size_t i = 0; i < made.value_count && !predicate_is_of_nulls(&made); i++) {
        const bool matches = predicate_matches(&made, made.values[i]);
        if ((made.comparison == PQT_EQUAL || made.comparison == PQT_IN) && !matches)
            abort();
        if (made.comparison == PQT_LESS && matches) abort();
    }
    arena_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pqt_error error = {0};
    pqt_predicate parsed = {0};
    char *text = malloc(size + 1);
    if (!text) abort();
    if (size) memcpy(text, data, size);
    text[size] = 0;
    const pqt_status status = pqt_predicate_parse(&schema, text, &parsed, &error);
    fuzz_check_error(status, &error);
    if (status == PQT_OK) {
        use(&parsed);
        pqt_predicate_free(&parsed);
    }
    free(text);
    return 0;
}
