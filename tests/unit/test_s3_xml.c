#include "store/s3_xml.h"

#include "test_help.h"

static pqt_status note(void *self, const char *path, pqt_view text, pqt_error *error)
{
    if (text.size_bytes == 4 && memcmp(text.data, "STOP", 4) == 0)
        return error_set(error, PQT_CANCELLED, "stopped");
    return buffer_printf(self, error, "%s=%.*s;", path, (int)text.size_bytes,
                         (const char *)text.data);
}

static void assert_read(const char *document, const char *expected)
{
    pqt_error error;
    buffer out = {0};
    assert_ok(xml_read(view_text(document), note, &out, &error));
    assert_view_is(buffer_view(&out), expected);
    buffer_free(&out);
}

static void xml_read_gives_paths_and_texts(void **state)
{
    (void)state;
    assert_read(
        "<?xml version=\"1.0\"?>\n<A xmlns=\"http://x/\"><B>one</B><C><D>t&amp;w</D>"
        "</C><B>\n two </B></A>",
        "A/B=one;A/C/D=t&w;A/C=;A/B=\n two ;A=;");
    assert_read("<s:A xmlns:s=\"u\"><s:B><![CDATA[<raw>]]></s:B></s:A>", "A/B=<raw>;A=;");
    assert_read("<A><B>&#x41;&lt;</B></A>", "A/B=A<;A=;");
}

static void xml_read_refuses_what_is_no_such_document(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "not xml",           "<A>",         "<A></B>",
        "<A/><B/>", "<html><br></html>", "<A>\x01</A>", "<A>&undeclared;</A>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_error error;
        buffer out = {0};
        assert_fails(xml_read(view_text(bad[i]), note, &out, &error), PQT_CORRUPT, "XML");
        buffer_free(&out);
    }
}

static void xml_read_refuses_entities(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    const char *bomb =
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c "
        "\"&b;&b;&b;&b;\">]><a>&c;</a>";
    assert_fails(xml_read(view_text(bomb), note, &out, &error), PQT_CORRUPT, "DOCTYPE");
    buffer_free(&out);
}

static void xml_read_refuses_deep_nesting(void **state)
{
    (void)state;
    pqt_error error;
    buffer deep = {0}, out = {0};
    for (int i = 0; i < 1000; i++) assert_ok(buffer_append_text(&deep, "<a>", &error));
    assert_fails(xml_read(buffer_view(&deep), note, &out, &error), PQT_CORRUPT, "deep");
    buffer_free(&deep);
    buffer_free(&out);
}

static void xml_read_ends_with_the_callbacks_error(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    assert_fails(
        xml_read(view_text("<A><B>x</B><B>STOP</B><B>y</B></A>"), note, &out, &error),
        PQT_CANCELLED, "stopped");
    assert_view_is(buffer_view(&out), "A/B=x;");
    buffer_free(&out);
}

static void xml_root_names_the_first_element(void **state)
{
    (void)state;
    char name[XML_NAME_BYTES];
    xml_root(view_text("<?xml version='1.0'?><Error><Code>x</Code></Error>"), name);
    assert_string_equal(name, "Error");
    xml_root(view_text("\n  <Error>"), name);
    assert_string_equal(name, "Error");
    xml_root(view_text("<s:Error/>"), name);
    assert_string_equal(name, "Error");
    xml_root(view_text("PAR1"), name);
    assert_string_equal(name, "");
    xml_root((pqt_view){0}, name);
    assert_string_equal(name, "");
}

static void xml_escape_round_trips(void **state)
{
    (void)state;
    pqt_error error;
    buffer escaped = {0};
    assert_ok(xml_escape(&escaped, view_text("a<b>&\"'"), &error));
    assert_view_is(buffer_view(&escaped), "a&lt;b&gt;&amp;&quot;&apos;");
    buffer_free(&escaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_read_gives_paths_and_texts),
        cmocka_unit_test(xml_read_refuses_what_is_no_such_document),
        cmocka_unit_test(xml_read_refuses_entities),
        cmocka_unit_test(xml_read_refuses_deep_nesting),
        cmocka_unit_test(xml_read_ends_with_the_callbacks_error),
        cmocka_unit_test(xml_root_names_the_first_element),
        cmocka_unit_test(xml_escape_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
