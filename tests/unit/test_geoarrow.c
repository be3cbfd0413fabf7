/* The metadata of geoarrow.wkb, read and written. */
#include "parquet/geoarrow.h"

#include "test_help.h"

static pqt_error error;
static arena memory;

static pqt_logical_type read(const char *metadata)
{
    pqt_logical_type type = {0};
    assert_ok(geoarrow_read(view_text(metadata), &memory, &type, &error));
    return type;
}

static void longitude_and_latitude_need_no_crs(void **state)
{
    (void)state;
    static const char *const defaults[] = {
        "",
        "{}",
        " { \"crs\" : null } ",
        "{\"crs\": \"OGC:CRS84\", \"crs_type\": \"authority_code\"}",
        "{\"crs\":\"EPSG:4326\"}",
        "{\"crs\": {\"type\": \"X\", \"id\": {\"authority\": \"EPSG\", \"code\": 4326}}}",
        "{\"crs\": {\"id\": {\"authority\": \"OGC\", \"code\": \"CRS84\"}}}"};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        const pqt_logical_type type = read(defaults[i]);
        assert_int_equal(type.kind, PQT_LOGICAL_GEOMETRY);
        assert_null(type.crs);
    }
    arena_free(&memory);
}

static void other_crs_is_kept_as_text(void **state)
{
    (void)state;
    assert_string_equal(read("{\"crs\": \"a \\\"b\\\" \\\\\"}").crs, "a \"b\" \\");
    assert_string_equal(
        read("{\"x\": [1, {\"crs\": 2}], \"crs\": {\"id\": {\"a\": 1}} }").crs,
        "{\"id\": {\"a\": 1}}");
    arena_free(&memory);
}

static void edges_that_are_not_planar_make_a_geography(void **state)
{
    (void)state;
    assert_int_equal(read("{\"edges\": \"planar\"}").kind, PQT_LOGICAL_GEOMETRY);
    assert_int_equal(read("{\"edges\": \"spherical\"}").kind, PQT_LOGICAL_GEOGRAPHY);
    assert_int_equal(read("{\"edges\": \"karney\"}").edges, 4);
    pqt_logical_type type;
    assert_fails(
        geoarrow_read(view_text("{\"edges\": \"flat\"}"), &memory, &type, &error),
        PQT_UNSUPPORTED, "edges \"flat\"");
    arena_free(&memory);
}

static void metadata_that_is_no_object_is_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {"[",
                                      "{",
                                      "{\"crs\"}",
                                      "{\"crs\":}",
                                      "{\"crs\": \"",
                                      "{\"crs\": \"\\",
                                      "{\"a\": [1}",
                                      "{\"a\": 1]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_logical_type type;
        if (geoarrow_read(view_text(bad[i]), &memory, &type, &error) == PQT_OK)
            fail_msg("%s was taken", bad[i]);
    }
    arena_free(&memory);
}

static void assert_written(const pqt_logical_type *type, const char *expected)
{
    buffer out = {0};
    assert_ok(geoarrow_write(type, &out, &error));
    assert_view_is(buffer_view(&out), expected);
    buffer_free(&out);
}

static void types_are_written_as_metadata(void **state)
{
    (void)state;
    const pqt_logical_type plain = {.kind = PQT_LOGICAL_GEOMETRY};
    const pqt_logical_type named = {.kind = PQT_LOGICAL_GEOMETRY, .crs = "a \"b\"\n"};
    const pqt_logical_type srid = {
        .kind = PQT_LOGICAL_GEOGRAPHY, .crs = "srid:5070", .edges = 1};
    const pqt_logical_type json = {.kind = PQT_LOGICAL_GEOMETRY, .crs = "{\"id\": 1}"};
    assert_written(&plain, "{\"crs\": \"OGC:CRS84\", \"crs_type\": \"authority_code\"}");
    assert_written(&named, "{\"crs\": \"a \\\"b\\\"\\u000a\"}");
    assert_written(
        &srid, "{\"crs\": \"5070\", \"crs_type\": \"srid\", \"edges\": \"vincenty\"}");
    assert_written(&json, "{\"crs\": {\"id\": 1}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longitude_and_latitude_need_no_crs),
        cmocka_unit_test(other_crs_is_kept_as_text),
        cmocka_unit_test(edges_that_are_not_planar_make_a_geography),
        cmocka_unit_test(metadata_that_is_no_object_is_invalid),
        cmocka_unit_test(types_are_written_as_metadata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
