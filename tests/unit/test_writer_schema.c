#include "parquet/writer_schema.h"

#include "test_help.h"

static pqt_error error;

static void assert_schema_fails(const pqt_schema_node *nodes, int32_t count,
                                pqt_status status, const char *part)
{
    arena memory = {0};
    pqt_schema out;
    const pqt_schema schema = {.nodes = nodes, .node_count = count};
    error = (pqt_error){0};
    assert_fails(writer_schema_copy(&schema, &memory, &out, &error), status, part);
    assert_int_equal(error.status, status);
    arena_free(&memory);
}

#define GROUP(name_, count) .name = name_, .is_group = true, .child_count = count

static void test_schema_that_contradicts_itself_refused(void **state)
{
    (void)state;
    const pqt_schema_node empty[] = {{GROUP("r", 0)}};
    assert_schema_fails(empty, 1, PQT_INVALID, "at least one column");
    assert_schema_fails(empty, 0, PQT_INVALID, "at least one column");
    const pqt_schema_node missing[] = {{GROUP("r", 2)}, {.name = "a"}};
    assert_schema_fails(missing, 2, PQT_INVALID, "lacks 1 of its children");
    const pqt_schema_node more[] = {{GROUP("r", 1)}, {.name = "a"}, {.name = "b"}};
    assert_schema_fails(more, 3, PQT_INVALID, "3 elements, but the groups hold 2");
    const pqt_schema_node nameless[] = {{GROUP("r", 1)}, {.type = PQT_INT32}};
    assert_schema_fails(nameless, 2, PQT_INVALID, "no name");
    const pqt_schema_node hollow[] = {{GROUP("r", 1)}, {GROUP("g", 0)}};
    assert_schema_fails(hollow, 2, PQT_INVALID, "group 'g' has 0 children");
    const pqt_schema_node parent[] = {{GROUP("r", 1)}, {.name = "a", .child_count = 1}};
    assert_schema_fails(parent, 2, PQT_INVALID, "leaf 'a' has 1 children");
    const pqt_schema_node often[] = {{GROUP("r", 1)},
                                     {.name = "a", .repetition = (pqt_repetition)3}};
    assert_schema_fails(often, 2, PQT_INVALID, "unknown repetition 3");
    const pqt_schema_node old[] = {{GROUP("r", 1)}, {.name = "t", .type = PQT_INT96}};
    assert_schema_fails(old, 2, PQT_UNSUPPORTED, "column 't': INT96");
}

static void test_groups_of_wrong_shape_refused(void **state)
{
    (void)state;
    const pqt_schema_node list[] = {{GROUP("r", 1)},
                                    {GROUP("l", 1), .logical.kind = PQT_LOGICAL_LIST},
                                    {.name = "x"}};
    assert_schema_fails(list, 3, PQT_INVALID, "group 'l': LIST needs one child");
    const pqt_schema_node map[] = {{GROUP("r", 1)},
                                   {GROUP("m", 1), .logical.kind = PQT_LOGICAL_MAP},
                                   {.name = "x", .repetition = PQT_REPEATED}};
    assert_schema_fails(map, 3, PQT_INVALID, "group 'm': MAP needs one child");
    const pqt_schema_node variant[] = {
        {GROUP("r", 1)},
        {GROUP("v", 1), .logical.kind = PQT_LOGICAL_VARIANT},
        {.name = "value", .type = PQT_BYTE_ARRAY}};
    assert_schema_fails(variant, 3, PQT_INVALID, "VARIANT needs a child 'metadata'");
    const pqt_schema_node number[] = {
        {GROUP("r", 1)},
        {GROUP("v", 1), .logical.kind = PQT_LOGICAL_VARIANT},
        {.name = "metadata", .type = PQT_INT32}};
    assert_schema_fails(number, 3, PQT_INVALID,
                        "'metadata' of a VARIANT is a BYTE_ARRAY");
    const pqt_schema_node date[] = {{GROUP("r", 1)},
                                    {GROUP("d", 1), .logical.kind = PQT_LOGICAL_DATE},
                                    {.name = "x"}};
    assert_schema_fails(date, 3, PQT_INVALID, "group 'd'");
    const pqt_schema_node newer[] = {
        {GROUP("r", 1)},
        {GROUP("n", 1), .logical = {.kind = PQT_LOGICAL_OTHER, .field_number = 30}},
        {.name = "x"}};
    assert_schema_fails(newer, 3, PQT_UNSUPPORTED, "logical type 30 is newer");
}

static void test_schema_too_deep_refused(void **state)
{
    (void)state;
    pqt_schema_node nodes[200];
    for (int i = 0; i < 199; i++)
        nodes[i] = (pqt_schema_node){GROUP("g", 1), .repetition = PQT_REPEATED};
    nodes[199] = (pqt_schema_node){.name = "x"};
    assert_schema_fails(nodes, 200, PQT_LIMIT, "deeper");
}

static void test_schema_levels_and_columns_computed(void **state)
{
    (void)state;
    const pqt_schema_node nodes[] = {
        {GROUP(NULL, 2), .repetition = PQT_REPEATED},
        {GROUP("l", 1), .repetition = PQT_OPTIONAL, .field_id = 4,
         .logical.kind = PQT_LOGICAL_LIST},
        {GROUP("list", 1), .repetition = PQT_REPEATED},
        {.name = "element", .repetition = PQT_OPTIONAL, .parent = 99, .column = 7},
        {.name = "g",
         .type = PQT_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_GEOMETRY, .crs = "EPSG:4326"}},
    };
    const pqt_schema schema = {.nodes = nodes, .node_count = 5};
    arena memory = {0};
    pqt_schema out;
    assert_ok(writer_schema_copy(&schema, &memory, &out, &error));
    assert_string_equal(out.nodes[0].name, "schema");
    assert_int_equal(out.nodes[0].repetition, PQT_REQUIRED);
    assert_int_equal(out.column_count, 2);
    assert_int_equal(out.column_nodes[1], 4);
    assert_int_equal(out.nodes[1].field_id, 4);
    assert_int_equal(out.nodes[3].field_id, -1);
    assert_int_equal(out.nodes[3].parent, 2);
    assert_int_equal(out.nodes[3].column, 0);
    assert_int_equal(out.nodes[3].max_definition_level, 3);
    assert_int_equal(out.nodes[3].max_repetition_level, 1);
    assert_ptr_not_equal(out.nodes[4].logical.crs, nodes[4].logical.crs);
    assert_string_equal(out.nodes[4].logical.crs, "EPSG:4326");
    arena_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_that_contradicts_itself_refused),
        cmocka_unit_test(test_groups_of_wrong_shape_refused),
        cmocka_unit_test(test_schema_too_deep_refused),
        cmocka_unit_test(test_schema_levels_and_columns_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
