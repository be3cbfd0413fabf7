/* Predicates from text: values of every type, and what is wrong with those that are not.
 */
#include "base/buffer.h"
#include "pqt.h"
#include "test_help.h"

enum { NODES = 28 };

#define LEAF(...)           \
    {                       \
        .name = __VA_ARGS__ \
    }
#define INTEGER(bits, sign)                                               \
    {                                                                     \
        .kind = PQT_LOGICAL_INTEGER, .bit_width = bits, .is_signed = sign \
    }
#define DECIMAL(all, behind)                                           \
    {                                                                  \
        .kind = PQT_LOGICAL_DECIMAL, .precision = all, .scale = behind \
    }
#define TIMESTAMP(step, utc)                                       \
    {                                                              \
        .kind = PQT_LOGICAL_TIMESTAMP, .unit = step, .is_utc = utc \
    }
#define FIXED(bytes) .type = PQT_FIXED_LEN_BYTE_ARRAY, .type_length = bytes

static const pqt_schema_node nodes[NODES] = {
    {.is_group = true, .child_count = 24},
    LEAF("flag", .type = PQT_BOOLEAN),
    LEAF("i32", .type = PQT_INT32),
    LEAF("i64", .type = PQT_INT64),
    LEAF("i8", .type = PQT_INT32, .logical = INTEGER(8, true)),
    LEAF("u8", .type = PQT_INT32, .logical = INTEGER(8, false)),
    LEAF("u32", .type = PQT_INT32, .logical = INTEGER(32, false)),
    LEAF("u64", .type = PQT_INT64, .logical = INTEGER(64, false)),
    LEAF("float", .type = PQT_FLOAT),
    LEAF("double", .type = PQT_DOUBLE),
    LEAF("half", FIXED(2), .logical = {.kind = PQT_LOGICAL_FLOAT16}),
    LEAF("text", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}),
    LEAF("bytes", .type = PQT_BYTE_ARRAY),
    LEAF("fixed", FIXED(3)),
    LEAF("uuid", FIXED(16), .logical = {.kind = PQT_LOGICAL_UUID}),
    LEAF("d32", .type = PQT_INT32, .logical = DECIMAL(9, 2)),
    LEAF("d64", .type = PQT_INT64, .logical = DECIMAL(18, 0)),
    LEAF("dbytes", .type = PQT_BYTE_ARRAY, .logical = DECIMAL(40, 3)),
    LEAF("date", .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_DATE}),
    LEAF("ms", .type = PQT_INT32,
         .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_MILLIS}),
    LEAF("us", .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_MICROS, .is_utc = true}),
    LEAF("utc", .type = PQT_INT64, .logical = TIMESTAMP(PQT_MICROS, true)),
    LEAF("local", .type = PQT_INT64, .logical = TIMESTAMP(PQT_MILLIS, false)),
    LEAF("nanos", .type = PQT_INT64, .logical = TIMESTAMP(PQT_NANOS, true)),
    {.name = "group", .is_group = true, .child_count = 3, .repetition = PQT_OPTIONAL},
    LEAF("odd name", .type = PQT_INT32, .repetition = PQT_OPTIONAL),
    LEAF("in", .type = PQT_INT32),
    LEAF("many", .type = PQT_INT32, .repetition = PQT_REPEATED),
};

static pqt_status swallow(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *error)
{
    (void)self, (void)data, (void)size_bytes, (void)error;
    return PQT_OK;
}

static pqt_writer *make_writer(void)
{
    pqt_error error;
    const pqt_output output = {swallow, NULL};
    const pqt_schema schema = {.nodes = nodes, .node_count = NODES};
    static const pqt_column_options columns[NODES];
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, columns, NULL, &writer, &error));
    return writer;
}

/* Comparison and values as text: "= 01020304", "in 01 02". */
static void describe(const pqt_predicate *p, char out[200])
{
    static const char *const names[] = {"=",  "!=", "<",    "<=",      ">",
                                        ">=", "in", "null", "not null"};
    size_t at = strlen(strcpy(out, names[p->comparison]));
    for (size_t i = 0; i < p->value_count; i++) {
        out[at++] = ' ';
        for (size_t k = 0; k < p->values[i].size_bytes; k++) {
            const uint8_t byte = p->values[i].data[k];
            out[at++] = "0123456789abcdef"[byte >> 4];
            out[at++] = "0123456789abcdef"[byte & 15];
        }
    }
    out[at] = 0;
}

static void values_are_read_as_their_column_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"flag = true", "= 01"},
        {"flag!=FALSE", "!= 00"},
        {"i32 = 258", "= 02010000"},
        {" i32<-1 ", "< ffffffff"},
        {"i32 >= -2147483648", ">= 00000080"},
        {"i64 <= 9223372036854775807", "<= ffffffffffffff7f"},
        {"i64 > +5", "> 0500000000000000"},
        {"i8 = -128", "= 80ffffff"},
        {"u8 = 255", "= ff000000"},
        {"u32 = 4294967295", "= ffffffff"},
        {"u64 = 18446744073709551615", "= ffffffffffffffff"},
        {"u64 = -0", "= 0000000000000000"},
        {"float = 1.5", "= 0000c03f"},
        {"float = -inf", "= 000080ff"},
        {"double = 1e3", "= 0000000000408f40"},
        {"double = .5", "= 000000000000e03f"},
        {"half = 1", "= 003c"},
        {"half = -2.5", "= 00c1"},
        {"half = 65504", "= ff7b"},
        {"half = 1e9", "= 007c"},
        {"half = 5.960464477539063e-8", "= 0100"},
        {"half = nan", "= 007e"},
        {"text = 'a''b'", "= 612762"},
        {"text = ''", "= "},
        {"text = x'00fF'", "= 00ff"},
        {"bytes = 'a b'", "= 612062"},
        {"fixed = 'abc'", "= 616263"},
        {"fixed = X'000102'", "= 000102"},
        {"uuid = '00112233-4455-6677-8899-AABBCCDDEEFF'",
         "= 00112233445566778899aabbccddeeff"},
        {"d32 = 1.5", "= 96000000"},
        {"d32 = -1.50", "= 6affffff"},
        {"d32 = 1.500", "= 96000000"},
        {"d64 = 12", "= 0c00000000000000"},
        {"dbytes = 0", "= 00"},
        {"dbytes = -0.001", "= ff"},
        {"dbytes = 0.255", "= 00ff"},
        {"dbytes = -0.128", "= 80"},
        {"dbytes = -0.129", "= ff7f"},
        {"dbytes = 36893488147419103232", "= 07d00000000000000000"},
        {"date = '1970-01-02'", "= 01000000"},
        {"date < '1969-12-31'", "< ffffffff"},
        {"ms = '00:00:01.5'", "= dc050000"},
        {"us = '00:00:00.000001Z'", "= 0100000000000000"},
        {"utc = '1970-01-01T00:00:01'", "= 40420f0000000000"},
        {"utc = '1970-01-01 01:00:01+01:00'", "= 40420f0000000000"},
        {"utc = '1969-12-31T23:00:01-01:00'", "= 40420f0000000000"},
        {"utc = '1970-01-01T00:00:01.0Z'", "= 40420f0000000000"},
        {"utc = '1970-01-01'", "= 0000000000000000"},
        {"local = '1970-01-01 00:00'", "= 0000000000000000"},
        {"nanos = '1970-01-01T00:00:00.000000002Z'", "= 0200000000000000"},
        {"\"group.odd name\" is null", "null"},
        {"group.in in (1, 2,3)", "in 01000000 02000000 03000000"},
        {"group.in IN ()", "in"},
        {"i32 IS Not NULL", "not null"},
        {"i32 <> 1", "!= 01000000"},
        {"text in ('a', 'b,)')", "in 61 622c29"},
    };
    pqt_error error;
    pqt_writer *writer = make_writer();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[200];
        pqt_predicate p;
        assert_ok(
            pqt_predicate_parse(pqt_writer_schema(writer), cases[i].text, &p, &error));
        describe(&p, found);
        if (strcmp(found, cases[i].expected) != 0)
            fail_msg("%s: %s, expected %s", cases[i].text, found, cases[i].expected);
        pqt_predicate_free(&p);
    }
    pqt_predicate_free(NULL);
    pqt_writer_free(writer);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "character 1: expected the name of a column, found the end"},
        {"nowhere = 1", "character 1: there is no column 'nowhere'"},
        {"group = 1", "no column 'group'"},
        {"  group.many = 1", "character 3: 'group.many' is repeated"},
        {"\"i32 = 1", "character 1: the quote (\") is not closed"},
        {"i32", "character 4: expected =, !=, <, <=, >, >=, 'in' or 'is', found the end"},
        {"i32 like 1", "character 5: expected ="},
        {"i32 =", "character 6: expected a value, found the end"},
        {"i32 = 1 2", "character 9: expected the end, found '2'"},
        {"i32 = 1.0", "character 7: column i32: expected a whole number"},
        {"i32 = abc", "expected a whole number"},
        {"i32 = '1'", "expected a number, without quotes"},
        {"i32 = 2147483648", "outside of the column's 32 bits"},
        {"i64 = 99999999999999999999", "outside of the column's 64 bits"},
        {"i8 = 128", "outside of the column's 8 bits"},
        {"u8 = -1", "outside of the column's unsigned 8 bits"},
        {"flag = 1", "expected true or false"},
        {"flag = 'true'", "expected true or false, without quotes"},
        {"double = 1x", "expected a number"},
        {"double = 0x10", "expected a number"},
        {"text = abc", "expected text in single quotes"},
        {"text = 'abc", "character 8: the quote (') is not closed"},
        {"text = x'0'", "character 8: expected pairs of hexadecimal digits"},
        {"text = x'0g'", "pairs of hexadecimal digits"},
        {"fixed = 'ab'", "2 bytes, the column's values have 3"},
        {"uuid = '0011'", "expected a UUID"},
        {"i32 = x'00'", "expected a number, not bytes"},
        {"d32 = 1.234", "3 digits behind the point, the column has 2"},
        {"d32 = 99999999999", "outside of the column's 32 bits"},
        {"d32 = 1e2", "expected a decimal number"},
        {"date = 5", "expected a date or time in single quotes"},
        {"date = '2026-02-30'", "column date"},
        {"ms = '25:00'", "expected a time"},
        {"ms = '00:00:00.0001'", "finer than the column, which has milliseconds"},
        {"utc = '2026-01-15T25:00'", "expected a timestamp"},
        {"local = '2026-01-15T00:00Z'", "the column has local times"},
        {"nanos = '9999-01-01'", "outside of what the column can hold"},
        {"i32 in 1", "character 8: expected values in parentheses"},
        {"i32 in (1", "expected a comma or ')', found the end"},
        {"i32 in (1,)", "character 11: expected a value"},
        {"i32 in (1 2)", "character 11: expected a comma or ')'"},
        {"i32 is 5", "character 8: expected 'null'"},
        {"i32 is nullable", "character 8: expected 'null'"},
    };
    pqt_error error;
    pqt_writer *writer = make_writer();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_predicate p = {.column = -7};
        assert_fails(
            pqt_predicate_parse(pqt_writer_schema(writer), cases[i].text, &p, &error),
            PQT_INVALID, cases[i].part);
        assert_int_equal(p.column, -7);
    }
    pqt_writer_free(writer);
}

/* Every beginning of a long predicate, in memory of exactly its size. */
static void cut_texts_are_read_within_their_end(void **state)
{
    (void)state;
    static const char text[] = "\"group.odd name\" in (1, -2, 3) ";
    pqt_writer *writer = make_writer();
    for (size_t size = 0; size < sizeof text; size++) {
        pqt_predicate p;
        char *copy = test_malloc(size + 1);
        memcpy(copy, text, size);
        copy[size] = 0;
        const pqt_status status =
            pqt_predicate_parse(pqt_writer_schema(writer), copy, &p, NULL);
        assert_true(status == (size < sizeof text - 2 ? PQT_INVALID : PQT_OK));
        if (status == PQT_OK) pqt_predicate_free(&p);
        test_free(copy);
    }
    pqt_writer_free(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_as_their_column_says),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(cut_texts_are_read_within_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
