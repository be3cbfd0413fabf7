#include "source/sql_keyword.h"

#include "test_help.h"

static void keyword_is_found_only_as_a_word(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool found;
    } cases[] = {
        {"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)", true},
        {"CREATE TABLE t (id integer primary key autoincrement)", true},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY/**/AUTOINCREMENT)", true},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY --x\nAUTOINCREMENT)", true},
        {"AUTOINCREMENT", true},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, autoincrement_note TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, no_autoincrement TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, autoincrement2 TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, \"autoincrement\" TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, `autoincrement` TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, [autoincrement] TEXT)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, a DEFAULT 'autoincrement')", false},
        {"CREATE TABLE t (a DEFAULT 'it''s autoincrement')", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY -- AUTOINCREMENT\n)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY /* AUTOINCREMENT */)", false},
        {"CREATE TABLE t (id INTEGER PRIMARY KEY /* AUTOINCREMENT", false},
        {"CREATE TABLE t (a DEFAULT 'AUTOINCREMENT", false},
        {"CREATE TABLE \xc3\xa9"
         "autoincrement (a)",
         false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (sql_has_keyword(cases[i].sql, "AUTOINCREMENT") != cases[i].found)
            fail_msg("%s", cases[i].sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keyword_is_found_only_as_a_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
