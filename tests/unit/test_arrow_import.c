/* Arrow's types as Parquet's: schemas, and values that are not laid out alike. */
#include "parquet/arrow_import_values.h"

#include <limits.h>
#include <stdio.h>

#include "arrow_made.h"
#include "parquet/arrow_check.h"
#include "parquet/arrow_metadata.h"

static pqt_error error;
static import_schema imported;
static made_schema root, field, inner, more[4];

static void release(void)
{
    arena_free(&imported.memory);
    imported = (import_schema){0};
}

/* A root of one nullable field of this format, "f". */
static void begin(const char *format)
{
    make_schema(&root, "+s", "", false);
    make_schema(&field, format, "f", true);
    add_schema(&root, &field);
}

static pqt_status import(void)
{
    return import_schema_make(&root.schema, &imported, &error);
}

/* --- Types of leaves --- */

static const struct {
    const char *format;
    pqt_type type;
    int32_t length;
    pqt_logical_type logical;
} types[] = {
    {"n", PQT_INT32, 0, {.kind = PQT_LOGICAL_UNKNOWN}},
    {"b", PQT_BOOLEAN, 0, {0}},
    {"c", PQT_INT32, 0, {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8, .is_signed = true}},
    {"S", PQT_INT32, 0, {.kind = PQT_LOGICAL_INTEGER, .bit_width = 16}},
    {"i", PQT_INT32, 0, {0}},
    {"L", PQT_INT64, 0, {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64}},
    {"e", PQT_FIXED_LEN_BYTE_ARRAY, 2, {.kind = PQT_LOGICAL_FLOAT16}},
    {"f", PQT_FLOAT, 0, {0}},
    {"g", PQT_DOUBLE, 0, {0}},
    {"vu", PQT_BYTE_ARRAY, 0, {.kind = PQT_LOGICAL_STRING}},
    {"Z", PQT_BYTE_ARRAY, 0, {0}},
    {"w:7", PQT_FIXED_LEN_BYTE_ARRAY, 7, {0}},
    {"tdD", PQT_INT32, 0, {.kind = PQT_LOGICAL_DATE}},
    {"tdm", PQT_INT32, 0, {.kind = PQT_LOGICAL_DATE}},
    {"tts", PQT_INT32, 0, {.kind = PQT_LOGICAL_TIME}},
    {"ttn", PQT_INT64, 0, {.kind = PQT_LOGICAL_TIME, .unit = PQT_NANOS}},
    {"tss:", PQT_INT64, 0, {.kind = PQT_LOGICAL_TIMESTAMP}},
    {"tsu:Europe/Rome",
     PQT_INT64,
     0,
     {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MICROS, .is_utc = true}},
    {"tDu", PQT_INT64, 0, {0}},
    {"tiM", PQT_FIXED_LEN_BYTE_ARRAY, 12, {.kind = PQT_LOGICAL_INTERVAL}},
    {"tiD", PQT_FIXED_LEN_BYTE_ARRAY, 12, {.kind = PQT_LOGICAL_INTERVAL}},
    {"d:9,2,32", PQT_INT32, 0, {.kind = PQT_LOGICAL_DECIMAL, .precision = 9, .scale = 2}},
    {"d:18,0", PQT_INT64, 0, {.kind = PQT_LOGICAL_DECIMAL, .precision = 18}},
    {"d:19,19",
     PQT_FIXED_LEN_BYTE_ARRAY,
     9,
     {.kind = PQT_LOGICAL_DECIMAL, .precision = 19, .scale = 19}},
    {"d:38,1",
     PQT_FIXED_LEN_BYTE_ARRAY,
     16,
     {.kind = PQT_LOGICAL_DECIMAL, .precision = 38, .scale = 1}},
    {"d:76,0,256",
     PQT_FIXED_LEN_BYTE_ARRAY,
     32,
     {.kind = PQT_LOGICAL_DECIMAL, .precision = 76}},
};

static void every_type_has_its_node(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        begin(types[i].format);
        assert_ok(import());
        assert_int_equal(imported.schema.node_count, 2);
        assert_int_equal(imported.leaf_count, 1);
        const pqt_schema_node *node = &imported.schema.nodes[1];
        const pqt_logical_type *expected = &types[i].logical;
        assert_string_equal(node->name, "f");
        assert_int_equal(node->repetition, PQT_OPTIONAL);
        assert_int_equal(node->type, types[i].type);
        assert_int_equal(node->type_length, types[i].length);
        assert_int_equal(node->logical.kind, expected->kind);
        assert_int_equal(node->logical.precision, expected->precision);
        assert_int_equal(node->logical.scale, expected->scale);
        assert_int_equal(node->logical.unit, expected->unit);
        assert_int_equal(node->logical.is_utc, expected->is_utc);
        assert_int_equal(node->logical.bit_width, expected->bit_width);
        assert_int_equal(node->logical.is_signed, expected->is_signed);
        release();
    }
}

static void smallest_decimals_hold_their_digits(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        int32_t bytes;
    } lengths[] = {{"d:20,0", 9},      {"d:21,0", 9},      {"d:22,0", 10},
                   {"d:24,0", 11},     {"d:28,0", 12},     {"d:29,0", 13},
                   {"d:36,0", 16},     {"d:39,0,256", 17}, {"d:40,0,256", 17},
                   {"d:41,0,256", 18}, {"d:75,0,256", 32}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        begin(lengths[i].format);
        assert_ok(import());
        assert_int_equal(imported.schema.nodes[1].type_length, lengths[i].bytes);
        release();
    }
}

static void type_without_a_counterpart_is_told_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        pqt_status status;
        const char *message;
    } bad[] = {
        {"tin", PQT_UNSUPPORTED,
         "field 'f': an interval of months, days and nanoseconds"},
        {"+ud:0,1", PQT_UNSUPPORTED, "a dense union"},
        {"+us:0", PQT_UNSUPPORTED, "a sparse union"},
        {"?", PQT_UNSUPPORTED, "a type ('?')"},
        {"w:0", PQT_UNSUPPORTED, "of no bytes"},
        {"d:5,-1", PQT_UNSUPPORTED, "scale"},
        {"+s", PQT_UNSUPPORTED, "a struct without fields"},
        {"w:", PQT_INVALID, "fixed-size binary"},
        {"w:x", PQT_INVALID, "fixed-size binary"},
        {"d:10,2,32", PQT_INVALID, "the precision does not fit 32 bits"},
        {"d:", PQT_INVALID, "no decimal type"},
        {"d:3,1,128,", PQT_INVALID, "no decimal type"},
        {"ts", PQT_INVALID, "no timestamp type"},
        {"tsx:", PQT_INVALID, "no timestamp type"},
        {"+l", PQT_INVALID, "0 children, not 1"},
        {"+w:x", PQT_INVALID, "0 children, not 1"},
        {"+m", PQT_INVALID, "0 children, not 1"},
        {"+r", PQT_INVALID, "0 children, not 2"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin(bad[i].format);
        assert_fails(import(), bad[i].status, bad[i].message);
        release();
    }
}

static void schema_that_contradicts_itself_is_invalid(void **state)
{
    (void)state;
    begin("i");
    field.schema.format = NULL;
    assert_fails(import(), PQT_INVALID, "released");
    release();
    begin("i");
    root.schema.n_children = -1;
    assert_fails(import(), PQT_INVALID, "-1 children");
    release();
    begin("+l");
    field.schema.n_children = INT64_MAX;
    assert_fails(import(), PQT_INVALID, "children");
    release();
    begin("i");
    root.schema.format = "+l";
    assert_fails(import(), PQT_INVALID, "is a struct");
    release();
    begin("+w:-2");
    make_schema(&inner, "i", "item", true);
    add_schema(&field, &inner);
    assert_fails(import(), PQT_INVALID, "no list type");
    release();
    static made_schema deep[200];
    begin("+l");
    for (int i = 0; i < 200; i++) {
        make_schema(&deep[i], "+l", "x", true);
        add_schema(i ? &deep[i - 1] : &field, &deep[i]);
    }
    assert_fails(import(), PQT_LIMIT, "nested deeper");
    release();
}

/* --- Nested fields --- */

/* "name:repetition" of all nodes, children in brackets by their count. */
static void assert_nodes(const char *expected)
{
    char text[512] = "";
    size_t used = 0;
    static const char repetitions[] = {'!', '?', '*'};
    for (int32_t i = 1; i < imported.schema.node_count; i++) {
        const pqt_schema_node *node = &imported.schema.nodes[i];
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s%c%s", i > 1 ? " " : "", node->name,
            repetitions[node->repetition], node->is_group ? ":" : "");
    }
    assert_string_equal(text, expected);
}

static void list_has_three_levels_and_an_element(void **state)
{
    (void)state;
    begin("+vL");
    make_schema(&inner, "i", "anything", false);
    add_schema(&field, &inner);
    assert_ok(import());
    assert_nodes("f?: list*: element!");
    assert_int_equal(imported.schema.nodes[1].logical.kind, PQT_LOGICAL_LIST);
    assert_int_equal(imported.leaves[0]->valid_level, 2);
    assert_int_equal(imported.leaves[0]->repetition, 1);
    release();
}

static void map_has_required_keys(void **state)
{
    (void)state;
    begin("+m");
    make_schema(&inner, "+s", "pairs", false);
    make_schema(&more[0], "u", "k", true);
    make_schema(&more[1], "i", "v", true);
    add_schema(&field, &inner);
    add_schema(&inner, &more[0]);
    assert_fails(import(), PQT_INVALID, "no pairs");
    release();
    add_schema(&inner, &more[1]);
    assert_ok(import());
    assert_nodes("f?: key_value*: key! value?");
    assert_int_equal(imported.schema.nodes[1].logical.kind, PQT_LOGICAL_MAP);
    assert_int_equal(imported.leaves[0]->valid_level, 2);
    assert_int_equal(imported.leaves[1]->valid_level, 3);
    release();
}

static void dictionary_and_runs_are_their_values(void **state)
{
    (void)state;
    begin("i");
    make_schema(&inner, "g", "", false);
    field.schema.dictionary = &inner.schema;
    assert_ok(import());
    assert_nodes("f?");
    assert_int_equal(imported.schema.nodes[1].type, PQT_DOUBLE);
    release();
    field.schema.format = "g";
    assert_fails(import(), PQT_INVALID, "indexes of a dictionary in 'g'");
    release();
    begin("+r");
    make_schema(&inner, "i", "run_ends", false);
    make_schema(&more[0], "u", "values", true);
    add_schema(&field, &inner);
    add_schema(&field, &more[0]);
    assert_ok(import());
    assert_nodes("f?");
    assert_int_equal(imported.schema.nodes[1].type, PQT_BYTE_ARRAY);
    release();
    inner.schema.format = "S";
    assert_fails(import(), PQT_INVALID, "run ends in 'S'");
    release();
}

/* --- Metadata --- */

static buffer metadata;

static void say(const char *key, const char *value)
{
    assert_ok(arrow_metadata_add(&metadata, key, view_text(value), &error));
}

static const pqt_schema_node *import_said(const char *format)
{
    begin(format);
    field.schema.metadata = (const char *)metadata.data;
    assert_ok(import());
    return &imported.schema.nodes[1];
}

static void forget(void)
{
    release();
    buffer_free(&metadata);
}

static void extension_types_become_logical_types(void **state)
{
    (void)state;
    say("PARQUET:field_id", "17");
    say("ARROW:extension:name", "arrow.uuid");
    say("ARROW:extension:metadata", "");
    const pqt_schema_node *node = import_said("w:16");
    assert_int_equal(node->logical.kind, PQT_LOGICAL_UUID);
    assert_int_equal(node->field_id, 17);
    release();
    begin("w:15");
    field.schema.metadata = (const char *)metadata.data;
    assert_fails(import(), PQT_INVALID, "arrow.uuid is not stored in such a type");
    forget();
    say("ARROW:extension:name", "arrow.json");
    assert_int_equal(import_said("vu")->logical.kind, PQT_LOGICAL_JSON);
    forget();
    say("ARROW:extension:name", "someone.else");
    assert_int_equal(import_said("u")->logical.kind, PQT_LOGICAL_STRING);
    assert_int_equal(imported.schema.nodes[1].field_id, -1);
    forget();
}

static void variant_is_a_group(void **state)
{
    (void)state;
    say("ARROW:extension:name", "arrow.parquet.variant");
    begin("+s");
    field.schema.metadata = (const char *)metadata.data;
    make_schema(&more[0], "z", "metadata", false);
    make_schema(&more[1], "z", "value", false);
    add_schema(&field, &more[0]);
    add_schema(&field, &more[1]);
    assert_ok(import());
    assert_nodes("f?: metadata! value!");
    assert_int_equal(imported.schema.nodes[1].logical.kind, PQT_LOGICAL_VARIANT);
    forget();
}

static void malformed_metadata_is_invalid(void **state)
{
    (void)state;
    static const int32_t negative[] = {-1}, length[] = {1, -5};
    begin("i");
    field.schema.metadata = (const char *)negative;
    assert_fails(import(), PQT_INVALID, "field 'f': schema metadata");
    release();
    field.schema.metadata = (const char *)length;
    assert_fails(import(), PQT_INVALID, "field 'f': schema metadata");
    release();
}

/* --- Values --- */

static arrow_levels levels;
static import_values values;

/* The values of one column of these buffers, all rows. */
static pqt_status take(const char *format, made_array *column, const void **out)
{
    static made_array rows;
    begin(format);
    assert_ok(import());
    make_array(&rows, column->array.length, NULL, NULL, NULL);
    add_array(&rows, column);
    TRY(arrow_check(imported.root, &rows.array, &error));
    TRY(arrow_levels_make(imported.leaves[0], &rows.array, 0, column->array.length,
                          &levels, &error));
    return import_values_take(imported.leaves[0], levels.array, &levels.slots, &values,
                              out, &error);
}

static void assert_bytes(const char *format, const void *in, int64_t count,
                         const void *expected, size_t size)
{
    static made_array column;
    const void *out = NULL;
    make_array(&column, count, NULL, in, NULL);
    assert_ok(take(format, &column, &out));
    assert_memory_equal(out, expected, size);
    release();
}

static void numbers_are_widened_and_rescaled(void **state)
{
    (void)state;
    assert_bytes("c", (int8_t[]){-128, 127}, 2, (int32_t[]){-128, 127}, 8);
    assert_bytes("C", (uint8_t[]){255, 0}, 2, (int32_t[]){255, 0}, 8);
    assert_bytes("s", (int16_t[]){-32768, 1}, 2, (int32_t[]){-32768, 1}, 8);
    assert_bytes("S", (uint16_t[]){65535}, 1, (int32_t[]){65535}, 4);
    assert_bytes("b", (uint8_t[]){0x5}, 3, (uint8_t[]){1, 0, 1}, 3);
    assert_bytes("tdm", (int64_t[]){-86400000, 172800000}, 2, (int32_t[]){-1, 2}, 8);
    assert_bytes("tts", (int32_t[]){86399}, 1, (int32_t[]){86399000}, 4);
    assert_bytes("tss:", (int64_t[]){-5}, 1, (int64_t[]){-5000}, 8);
    assert_bytes("d:4,1", (int64_t[]){-9999, -1, 9999, 0}, 2, (int32_t[]){-9999, 9999},
                 8);
    assert_bytes("d:12,1,64", (int64_t[]){-1, 7}, 2, (int64_t[]){-1, 7}, 16);
    assert_bytes("d:4,1,32", (int32_t[]){-1, 7}, 2, (int32_t[]){-1, 7}, 8);
}

static void value_beyond_its_type_is_invalid(void **state)
{
    (void)state;
    static const int32_t negative[] = {-1, -1}, large_seconds[] = {INT_MAX, 0};
    static const int64_t part_of_day[] = {1, 0},
                         far_day[] = {INT64_MIN / 86400000 * 86400000, 0};
    static const int64_t wide[] = {INT64_MAX, 0, INT64_MAX, INT64_MAX};
    static const struct {
        const char *format;
        const void *values;
        const char *message;
    } bad[] = {
        {"tiM", negative, "field 'f': the value at slot 0 is negative"},
        {"tiD", negative, "is negative"},
        {"tts", large_seconds, "too large in milliseconds"},
        {"tss:x", wide, "too large in milliseconds"},
        {"tdm", part_of_day, "no whole day"},
        {"tdm", far_day, "no whole day"},
        {"d:9,0", wide, "more digits"},
        {"d:9,0,64", wide, "more digits"},
        {"d:20,0", wide + 1, "more digits"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        made_array column;
        const void *out;
        make_array(&column, 1, NULL, bad[i].values, NULL);
        assert_fails(take(bad[i].format, &column, &out), PQT_INVALID, bad[i].message);
        release();
    }
}

static void value_of_a_null_slot_is_not_looked_at(void **state)
{
    (void)state;
    static const int64_t ms[] = {1, 86400000};
    static const uint8_t validity[] = {0x2};
    made_array column;
    const void *out;
    make_array(&column, 2, validity, ms, NULL);
    assert_ok(take("tdm", &column, &out));
    assert_int_equal(*(const int32_t *)out, 1);
    release();
}

static void wide_decimals_and_intervals_are_bytes(void **state)
{
    (void)state;
    static const int64_t decimal[] = {-2, -1};
    static const int32_t months[] = {0x0102}, days[] = {3, 0x04050607};
    made_array column;
    const void *out;
    make_array(&column, 1, NULL, decimal, NULL);
    assert_ok(take("d:20,0", &column, &out));
    const pqt_view *views = out;
    assert_int_equal(views[0].size_bytes, 9);
    assert_memory_equal(views[0].data, "\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 9);
    release();
    make_array(&column, 1, NULL, months, NULL);
    assert_ok(take("tiM", &column, &out));
    views = out;
    assert_memory_equal(views[0].data, "\2\1\0\0\0\0\0\0\0\0\0\0", 12);
    release();
    make_array(&column, 1, NULL, days, NULL);
    assert_ok(take("tiD", &column, &out));
    views = out;
    assert_memory_equal(views[0].data, "\0\0\0\0\3\0\0\0\7\6\5\4", 12);
    release();
}

static void assert_text(const char *format, made_array *column,
                        const char *const *expected)
{
    const void *out;
    assert_ok(take(format, column, &out));
    const pqt_view *views = out;
    for (int64_t i = 0; i < column->array.length; i++)
        assert_view_is(views[i], expected[i]);
    release();
}

static void bytes_are_views_of_every_form(void **state)
{
    (void)state;
    static const char *const expected[] = {"", "ab", "c"};
    static const int32_t offsets[] = {1, 1, 3, 4};
    static const int64_t large[] = {1, 1, 3, 4};
    made_array column;
    make_array(&column, 3, NULL, offsets, "xabc");
    assert_text("u", &column, expected);
    make_array(&column, 3, NULL, large, "xabc");
    assert_text("Z", &column, expected);
    make_array(&column, 3, NULL, "abcdef", NULL);
    assert_text("w:2", &column, (const char *const[]){"ab", "cd", "ef"});
}

struct view_slot {
    int32_t length;
    union {
        char bytes[12];
        struct {
            char start[4];
            int32_t buffer, offset;
        } in;
    } is;
};

static void make_views(made_array *out, const struct view_slot *slots, int64_t count)
{
    static const int64_t sizes[] = {16, 20};
    make_array(out, count, NULL, slots, "0123456789abcdef");
    out->buffers[3] = "a buffer of 20 bytes";
    out->buffers[4] = sizes;
    out->array.n_buffers = 5;
}

static void string_views_are_inline_or_in_a_buffer(void **state)
{
    (void)state;
    static const struct view_slot slots[] = {{12, {.bytes = "hello, world"}},
                                             {0, {.bytes = ""}},
                                             {16, {.in = {"0123", 0, 0}}},
                                             {13, {.in = {"r of", 1, 7}}}};
    made_array column;
    make_views(&column, slots, 4);
    assert_text(
        "vu", &column,
        (const char *const[]){"hello, world", "", "0123456789abcdef", "r of 20 bytes"});
}

static void view_outside_of_its_buffer_is_invalid(void **state)
{
    (void)state;
    static const struct view_slot bad[] = {
        {-1, {.bytes = ""}},       {13, {.in = {"", 2, 0}}},
        {13, {.in = {"", -1, 0}}}, {13, {.in = {"", 0, 4}}},
        {13, {.in = {"", 0, -1}}}, {INT32_MAX, {.in = {"", 1, 20}}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        made_array column;
        const void *out;
        make_views(&column, &bad[i], 1);
        assert_fails(take("vz", &column, &out), PQT_INVALID, "a view outside");
        release();
    }
}

static void offsets_that_fall_are_invalid(void **state)
{
    (void)state;
    static const int32_t falling[] = {2, 1}, negative[] = {-1, 1};
    made_array column;
    const void *out;
    make_array(&column, 1, NULL, falling, "abc");
    assert_fails(take("u", &column, &out), PQT_INVALID,
                 "field 'f': the value at slot 0 has offsets");
    release();
    make_array(&column, 1, NULL, negative, "abc");
    assert_fails(take("u", &column, &out), PQT_INVALID, "offsets");
    release();
}

/* --- Arrays of another shape --- */

static void array_of_another_shape_is_invalid(void **state)
{
    (void)state;
    static const int32_t numbers[] = {1, 2, 3};
    made_array column;
    const void *out;
    make_array(&column, 3, NULL, NULL, NULL);
    assert_fails(take("i", &column, &out), PQT_INVALID,
                 "field 'f': an array of 1 buffers, not 2");
    release();
    make_array(&column, 3, NULL, numbers, "");
    assert_fails(take("i", &column, &out), PQT_INVALID, "3 buffers, not 2");
    release();
    make_array(&column, 3, NULL, numbers, NULL)->offset = -1;
    assert_fails(take("i", &column, &out), PQT_INVALID, "offset -1");
    release();
    make_array(&column, 3, NULL, numbers, NULL)->buffers[1] = NULL;
    assert_fails(take("i", &column, &out), PQT_INVALID, "without a buffer");
    release();
    make_array(&column, 3, NULL, numbers, NULL)->null_count = 1;
    assert_fails(take("i", &column, &out), PQT_INVALID, "no validity");
    release();
    make_array(&column, 3, NULL, numbers, NULL)->release = NULL;
    assert_fails(take("i", &column, &out), PQT_INVALID, "released");
    release();
    make_array(&column, 3, NULL, numbers, NULL)->n_children = 1;
    assert_fails(take("i", &column, &out), PQT_INVALID, "1 children, not 0");
    release();
}

static void child_that_is_too_short_is_invalid(void **state)
{
    (void)state;
    static const int32_t numbers[] = {1, 2, 3};
    static made_array rows, list, element;
    begin("+w:2");
    make_schema(&inner, "i", "item", true);
    add_schema(&field, &inner);
    assert_ok(import());
    make_array(&rows, 2, NULL, NULL, NULL);
    make_array(&list, 2, NULL, NULL, NULL);
    make_array(&element, 3, NULL, numbers, NULL);
    add_array(&rows, &list);
    add_array(&list, &element);
    assert_fails(arrow_check(imported.root, &rows.array, &error), PQT_INVALID,
                 "field 'f.element': an array of length 3 below one that needs 4");
    rows.array.length = 3;
    assert_fails(arrow_check(imported.root, &rows.array, &error), PQT_INVALID,
                 "field 'f");
    release();
}

static int teardown(void **state)
{
    (void)state;
    arrow_levels_free(&levels);
    import_values_free(&values);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_node),
        cmocka_unit_test(smallest_decimals_hold_their_digits),
        cmocka_unit_test(type_without_a_counterpart_is_told_by_name),
        cmocka_unit_test(schema_that_contradicts_itself_is_invalid),
        cmocka_unit_test(list_has_three_levels_and_an_element),
        cmocka_unit_test(map_has_required_keys),
        cmocka_unit_test(dictionary_and_runs_are_their_values),
        cmocka_unit_test(extension_types_become_logical_types),
        cmocka_unit_test(variant_is_a_group),
        cmocka_unit_test(malformed_metadata_is_invalid),
        cmocka_unit_test(numbers_are_widened_and_rescaled),
        cmocka_unit_test(value_beyond_its_type_is_invalid),
        cmocka_unit_test(value_of_a_null_slot_is_not_looked_at),
        cmocka_unit_test(wide_decimals_and_intervals_are_bytes),
        cmocka_unit_test(bytes_are_views_of_every_form),
        cmocka_unit_test(string_views_are_inline_or_in_a_buffer),
        cmocka_unit_test(view_outside_of_its_buffer_is_invalid),
        cmocka_unit_test(offsets_that_fall_are_invalid),
        cmocka_unit_test(array_of_another_shape_is_invalid),
        cmocka_unit_test(child_that_is_too_short_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
