#include "parquet/schema.h"

#include <stdio.h>

#include "parquet/thrift_writer.h"
#include "test_help.h"

/* SchemaElement, as far as it is given. */
struct element {
    const char *name;
    int type;       /* -1: a group */
    int repetition; /* -1: not said */
    int children;   /* -1: not said */
    int converted;  /* -1: none */
};

static pqt_error error;

static pqt_status read_schema(const struct element *elements, size_t count, arena *memory,
                              pqt_schema *out)
{
    buffer bytes = {0};
    thrift_writer w = thrift_begin(&bytes, &error);
    thrift_list(&w, 2, THRIFT_LIST_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        const struct element *e = &elements[i];
        thrift_item_struct(&w);
        if (e->type >= 0) thrift_i32(&w, 1, e->type);
        if (e->type == PQT_FIXED_LEN_BYTE_ARRAY) thrift_i32(&w, 2, 4);
        if (e->repetition >= 0) thrift_i32(&w, 3, e->repetition);
        if (e->name) thrift_binary(&w, 4, view_text(e->name));
        if (e->children >= 0) thrift_i32(&w, 5, e->children);
        if (e->converted >= 0) thrift_i32(&w, 6, e->converted);
        thrift_struct_end(&w);
    }
    assert_ok(thrift_end(&w));
    const pqt_view copy = arena_copy(memory, buffer_view(&bytes));
    buffer_free(&bytes);
    thrift_reader r = thrift_reader_of(copy, &error);
    thrift_struct s = {0};
    assert_true(thrift_next(&r, &s));
    error = (pqt_error){0};
    return schema_read(&r, &s, memory, out, &error);
}

enum { GROUP = -1, NONE = -1 };

/* message { required int32 a; optional group b { repeated group list { optional binary
 * element (STRING) } } optional group m (MAP) { repeated group kv { required binary k;
 * optional int64 v } } } */
static const struct element nested[] = {
    {"schema", GROUP, NONE, 3, NONE},
    {"a", PQT_INT32, PQT_REQUIRED, NONE, NONE},
    {"b", GROUP, PQT_OPTIONAL, 1, 3},
    {"list", GROUP, PQT_REPEATED, 1, NONE},
    {"element", PQT_BYTE_ARRAY, PQT_OPTIONAL, NONE, 0},
    {"m", GROUP, PQT_OPTIONAL, 1, 1},
    {"kv", GROUP, PQT_REPEATED, 2, 2},
    {"k", PQT_BYTE_ARRAY, PQT_REQUIRED, NONE, NONE},
    {"v", PQT_INT64, PQT_OPTIONAL, NONE, NONE},
};

static void nested_schema_has_levels_and_columns(void **state)
{
    (void)state;
    arena memory = {0};
    pqt_schema schema;
    assert_ok(read_schema(nested, 9, &memory, &schema));
    static const struct {
        const char *path;
        int definition, repetition;
    } columns[] = {
        {"a", 0, 0}, {"b.list.element", 3, 1}, {"m.kv.k", 2, 1}, {"m.kv.v", 3, 1}};
    assert_int_equal(schema.node_count, 9);
    assert_int_equal(schema.column_count, 4);
    for (int32_t c = 0; c < 4; c++) {
        const pqt_schema_node *node = &schema.nodes[schema.column_nodes[c]];
        char path[64];
        schema_path(&schema, c, path, sizeof path);
        assert_string_equal(path, columns[c].path);
        assert_int_equal(pqt_schema_find(&schema, path), c);
        assert_int_equal(node->max_definition_level, columns[c].definition);
        assert_int_equal(node->max_repetition_level, columns[c].repetition);
        assert_int_equal(node->column, c);
    }
    assert_int_equal(schema.nodes[2].logical.kind, PQT_LOGICAL_LIST);
    assert_int_equal(schema.nodes[4].logical.kind, PQT_LOGICAL_STRING);
    assert_int_equal(schema.nodes[5].logical.kind, PQT_LOGICAL_MAP);
    assert_int_equal(schema.nodes[8].parent, 6);
    assert_int_equal(pqt_schema_find(&schema, "b.list"), -1);
    assert_int_equal(pqt_schema_find(&schema, "b.list.element.x"), -1);
    arena_free(&memory);
}

static void schemas_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct element elements[4];
        size_t count;
    } cases[] = {
        {{{0}}, 0}, /* nothing */
        {{{"s", GROUP, NONE, 2, NONE}, {"a", PQT_INT32, 0, NONE, NONE}}, 2},
        {{{"s", GROUP, NONE, 1, NONE}, /* one too many */
          {"a", PQT_INT32, 0, NONE, NONE},
          {"b", PQT_INT32, 0, NONE, NONE}},
         3},
        {{{"s", GROUP, NONE, -5, NONE}, {"a", PQT_INT32, 0, NONE, NONE}}, 2},
        {{{"s", GROUP, NONE, INT32_MAX, NONE}, {"a", PQT_INT32, 0, NONE, NONE}}, 2},
        {{{"s", GROUP, NONE, 1, NONE}, {"a", 9, 0, NONE, NONE}}, 2}, /* no such type */
        {{{"s", GROUP, NONE, 1, NONE}, {"a", PQT_INT32, 3, NONE, NONE}}, 2},
        {{{"s", GROUP, NONE, 1, NONE}, {NULL, PQT_INT32, 0, NONE, NONE}}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena memory = {0};
        pqt_schema schema;
        if (read_schema(cases[i].elements, cases[i].count, &memory, &schema) !=
            PQT_CORRUPT)
            fail_msg("case %zu: %s", i, error.message);
        assert_true(error.message[0]);
        arena_free(&memory);
    }
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    enum { DEPTH = 300 };
    static struct element elements[DEPTH + 1];
    for (int depth = 2; depth <= DEPTH; depth += 149) {
        arena memory = {0};
        pqt_schema schema;
        for (int i = 0; i < depth; i++)
            elements[i] = (struct element){"g", GROUP, i ? PQT_REPEATED : NONE, 1, NONE};
        elements[depth] = (struct element){"a", PQT_INT32, 0, NONE, NONE};
        const pqt_status status =
            read_schema(elements, (size_t)depth + 1, &memory, &schema);
        assert_int_equal(status == PQT_OK, depth < 128);
        if (status != PQT_OK) assert_true(status == PQT_LIMIT || status == PQT_CORRUPT);
        arena_free(&memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_schema_has_levels_and_columns),
        cmocka_unit_test(schemas_that_make_no_sense_are_refused),
        cmocka_unit_test(depth_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
