/* Levels of nested arrays: those that the Dremel paper gives, and of every Arrow form. */
#include "parquet/arrow_levels.h"

#include <stdio.h>

#include "arrow_made.h"
#include "parquet/arrow_check.h"

static pqt_error error;
static import_schema imported;
static arrow_levels levels;

/* Imports a root of these fields. */
static void import(made_schema *root)
{
    imported = (import_schema){0};
    assert_ok(import_schema_make(&root->schema, &imported, &error));
}

static void release(void)
{
    arena_free(&imported.memory);
    arrow_levels_free(&levels);
}

static void make_levels(int32_t leaf, const made_array *root, int64_t first,
                        int64_t count)
{
    assert_ok(arrow_check(imported.root, &root->array, &error));
    assert_ok(arrow_levels_make(imported.leaves[leaf], &root->array, first, count,
                                &levels, &error));
}

/* "r,d r,d ..." of the entries, and " | slot slot" of those with a value. */
static void assert_levels(const char *expected)
{
    char text[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < levels.entries.count; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%d,%d", i ? " " : "",
                             levels.entries.repetition[i], levels.entries.definition[i]);
    used += (size_t)snprintf(text + used, sizeof text - used, " |");
    for (size_t s = 0; s < levels.slots.count; s++)
        for (int64_t i = 0; i < levels.slots.spans[s].count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, " %d",
                                     (int)(levels.slots.spans[s].start + i));
    assert_string_equal(text, expected);
}

/* --- The records of the Dremel paper (figure 2) ---
 *
 * r1: Name [{Language [{en-us, us}, {en, null}]}, {null}, {Language [{en-gb, gb}]}]
 * r2: Name [{null}]
 */
static void dremel_records_have_the_levels_of_the_paper(void **state)
{
    (void)state;
    static made_schema root, names, name, languages, language, code, country;
    make_schema(&root, "+s", "", false);
    make_schema(&names, "+l", "Name", false);
    make_schema(&name, "+s", "item", false);
    make_schema(&languages, "+l", "Language", false);
    make_schema(&language, "+s", "item", false);
    make_schema(&code, "u", "Code", false);
    make_schema(&country, "u", "Country", true);
    add_schema(&root, &names);
    add_schema(&names, &name);
    add_schema(&name, &languages);
    add_schema(&languages, &language);
    add_schema(&language, &code);
    add_schema(&language, &country);
    import(&root);
    static const int32_t name_offsets[] = {0, 3, 4}, language_offsets[] = {0, 2, 2, 3, 3};
    static const int32_t text[] = {0, 1, 2, 3};
    static const uint8_t country_validity[] = {0x5};
    static made_array rows, name_list, name_struct, language_list, language_struct, codes,
        countries;
    make_array(&rows, 2, NULL, NULL, NULL);
    make_array(&name_list, 2, NULL, name_offsets, NULL);
    make_array(&name_struct, 4, NULL, NULL, NULL);
    make_array(&language_list, 4, NULL, language_offsets, NULL);
    make_array(&language_struct, 3, NULL, NULL, NULL);
    make_array(&codes, 3, NULL, text, "abc");
    make_array(&countries, 3, country_validity, text, "abc");
    add_array(&rows, &name_list);
    add_array(&name_list, &name_struct);
    add_array(&name_struct, &language_list);
    add_array(&language_list, &language_struct);
    add_array(&language_struct, &codes);
    add_array(&language_struct, &countries);
    make_levels(0, &rows, 0, 2);
    assert_levels("0,2 2,2 1,1 1,2 0,1 | 0 1 2");
    make_levels(1, &rows, 0, 2);
    assert_levels("0,3 2,2 1,1 1,3 0,1 | 0 2");
    make_levels(0, &rows, 1, 1);
    assert_levels("0,1 |");
    release();
}

/* --- One list of one kind --- */

static void import_list_of_int(const char *format, bool element_is_nullable)
{
    static made_schema root, list, element;
    make_schema(&root, "+s", "", false);
    make_schema(&list, format, "l", true);
    make_schema(&element, "i", "item", element_is_nullable);
    add_schema(&root, &list);
    add_schema(&list, &element);
    import(&root);
}

static const int32_t numbers[16] = {0};

static void null_list_with_elements_is_null_and_empty_list_is_empty(void **state)
{
    (void)state;
    import_list_of_int("+l", true);
    static const int32_t offsets[] = {0, 2, 5, 5, 6};
    static const uint8_t validity[] = {0xd}, element_validity[] = {0xfe};
    static made_array rows, list, element;
    make_array(&rows, 4, NULL, NULL, NULL);
    make_array(&list, 4, validity, offsets, NULL);
    make_array(&element, 6, element_validity, numbers, NULL);
    add_array(&rows, &list);
    add_array(&list, &element);
    make_levels(0, &rows, 0, 4);
    assert_levels("0,2 1,3 0,0 0,1 0,3 | 1 5");
    release();
}

static void slices_at_every_level_are_followed(void **state)
{
    (void)state;
    import_list_of_int("+L", true);
    static const int64_t offsets[] = {9, 9, 1, 3, 3};
    static const uint8_t validity[] = {0xff}, element_validity[] = {0xef};
    static made_array rows, list, element;
    make_array(&rows, 2, NULL, NULL, NULL)->offset = 1;
    make_array(&list, 3, validity, offsets, NULL)->offset = 1;
    make_array(&element, 4, element_validity, numbers, NULL)->offset = 2;
    add_array(&rows, &list);
    add_array(&list, &element);
    make_levels(0, &rows, 0, 2);
    /* Row 0 is list 2: elements 1 and 2, which are slots 3 and 4; slot 4 is null. */
    assert_levels("0,3 1,2 0,1 | 3");
    release();
}

static void list_views_may_overlap_and_go_backwards(void **state)
{
    (void)state;
    import_list_of_int("+vl", false);
    static const int32_t offsets[] = {2, 0, 1}, sizes[] = {2, 0, 2};
    static made_array rows, list, element;
    make_array(&rows, 3, NULL, NULL, NULL);
    make_array(&list, 3, NULL, offsets, sizes);
    make_array(&element, 4, NULL, numbers, NULL);
    add_array(&rows, &list);
    add_array(&list, &element);
    make_levels(0, &rows, 0, 3);
    assert_levels("0,2 1,2 0,1 0,2 1,2 | 2 3 1 2");
    release();
}

static void fixed_size_lists_count_their_elements(void **state)
{
    (void)state;
    import_list_of_int("+w:2", true);
    static const uint8_t validity[] = {0x4}; /* with the offset: null, list */
    static made_array rows, list, element;
    make_array(&rows, 2, NULL, NULL, NULL);
    make_array(&list, 2, validity, NULL, NULL)->offset = 1;
    make_array(&element, 6, NULL, numbers, NULL);
    add_array(&rows, &list);
    add_array(&list, &element);
    make_levels(0, &rows, 0, 2);
    assert_levels("0,0 0,3 1,3 | 4 5");
    release();
}

/* --- Structs, dictionaries, runs, nulls --- */

static void null_struct_hides_what_is_in_it(void **state)
{
    (void)state;
    static made_schema root, outer, inner;
    make_schema(&root, "+s", "", false);
    make_schema(&outer, "+s", "s", true);
    make_schema(&inner, "i", "i", false);
    add_schema(&root, &outer);
    add_schema(&outer, &inner);
    import(&root);
    static const uint8_t validity[] = {0x5}, inner_validity[] = {0x5};
    static made_array rows, structs, values;
    make_array(&rows, 3, NULL, NULL, NULL);
    make_array(&structs, 3, validity, NULL, NULL);
    make_array(&values, 3, inner_validity, numbers, NULL);
    add_array(&rows, &structs);
    add_array(&structs, &values);
    make_levels(0, &rows, 0, 3);
    assert_levels("0,1 0,0 0,1 | 0 2");
    static const uint8_t another_null[] = {0x1};
    values.buffers[0] = another_null;
    assert_fails(
        arrow_levels_make(imported.leaves[0], &rows.array, 0, 3, &levels, &error),
        PQT_INVALID, "field 's.i': a null");
    release();
}

static void import_dictionary(const char *indexes, made_schema *values)
{
    static made_schema root, field;
    make_schema(&root, "+s", "", false);
    make_schema(&field, indexes, "d", true);
    make_schema(values, "u", "", true);
    field.schema.dictionary = &values->schema;
    add_schema(&root, &field);
    import(&root);
}

static void dictionary_nulls_are_those_of_indexes_and_of_values(void **state)
{
    (void)state;
    static made_schema value_schema;
    import_dictionary("C", &value_schema);
    static const uint8_t indexes[] = {255, 0, 1, 2, 2}, validity[] = {0x1e};
    static const uint8_t value_validity[] = {0x5};
    static const int32_t offsets[] = {0, 1, 2, 3};
    static made_array rows, array, values;
    make_array(&rows, 5, NULL, NULL, NULL);
    make_array(&array, 5, validity, indexes, NULL);
    make_array(&values, 3, value_validity, offsets, "abc");
    array.array.dictionary = &values.array;
    add_array(&rows, &array);
    make_levels(0, &rows, 0, 5);
    assert_levels("0,0 0,1 0,0 0,1 0,1 | 0 2 2");
    static const uint8_t beyond[] = {0, 0, 0, 3, 0};
    array.buffers[1] = beyond;
    assert_fails(
        arrow_levels_make(imported.leaves[0], &rows.array, 0, 5, &levels, &error),
        PQT_INVALID, "field 'd': an index that is not within its dictionary");
    release();
}

static void runs_are_found_from_any_offset(void **state)
{
    (void)state;
    static made_schema root, field, ends, values;
    make_schema(&root, "+s", "", false);
    make_schema(&field, "+r", "r", true);
    make_schema(&ends, "s", "run_ends", false);
    make_schema(&values, "i", "values", true);
    add_schema(&root, &field);
    add_schema(&field, &ends);
    add_schema(&field, &values);
    import(&root);
    static const int16_t run_ends[] = {2, 3, 7};
    static const uint8_t validity[] = {0x5};
    static made_array rows, runs, end_array, value_array;
    make_array(&rows, 4, NULL, NULL, NULL);
    make_array(&runs, 4, NULL, NULL, NULL)->offset = 1;
    runs.array.n_buffers = 0;
    make_array(&end_array, 3, NULL, run_ends, NULL);
    make_array(&value_array, 3, validity, numbers, NULL);
    add_array(&rows, &runs);
    add_array(&runs, &end_array);
    add_array(&runs, &value_array);
    make_levels(0, &rows, 0, 4);
    assert_levels("0,1 0,0 0,1 0,1 | 0 2 2");
    end_array.array.length = 2;
    assert_fails(
        arrow_levels_make(imported.leaves[0], &rows.array, 0, 4, &levels, &error),
        PQT_INVALID, "field 'r': a slot behind the last run");
    release();
}

static void null_type_has_no_values(void **state)
{
    (void)state;
    static made_schema root, field;
    make_schema(&root, "+s", "", false);
    make_schema(&field, "n", "n", false);
    add_schema(&root, &field);
    import(&root);
    static made_array rows, nulls;
    make_array(&rows, 2, NULL, NULL, NULL);
    make_array(&nulls, 2, NULL, NULL, NULL)->n_buffers = 0;
    nulls.array.null_count = 2;
    add_array(&rows, &nulls);
    make_levels(0, &rows, 0, 2);
    assert_levels("0,0 0,0 |");
    release();
}

/* --- Lists that are not within their elements --- */

static void assert_list_fails(const void *offsets, const void *sizes, int64_t elements)
{
    static made_array rows, list, element;
    make_array(&rows, 2, NULL, NULL, NULL);
    make_array(&list, 2, NULL, offsets, sizes);
    make_array(&element, elements, NULL, numbers, NULL);
    add_array(&rows, &list);
    add_array(&list, &element);
    assert_ok(arrow_check(imported.root, &rows.array, &error));
    assert_fails(
        arrow_levels_make(imported.leaves[0], &rows.array, 0, 2, &levels, &error),
        PQT_INVALID, "field 'l': a list that is not within its elements");
}

static void list_outside_of_its_elements_is_invalid(void **state)
{
    (void)state;
    static const int32_t falling[] = {0, 3, 2}, beyond[] = {0, 3, 5},
                         negative[] = {-1, 0, 2};
    import_list_of_int("+l", true);
    assert_list_fails(falling, NULL, 4);
    assert_list_fails(beyond, NULL, 4);
    assert_list_fails(negative, NULL, 4);
    release();
    static const int64_t large[] = {0, INT64_MAX, INT64_MAX}, low[] = {INT64_MIN, 1, 2};
    import_list_of_int("+L", true);
    assert_list_fails(large, NULL, 4);
    assert_list_fails(low, NULL, 4);
    release();
    static const int32_t starts[] = {0, 2}, sizes[] = {1, 3}, negative_sizes[] = {1, -1};
    import_list_of_int("+vl", true);
    assert_list_fails(starts, sizes, 4);
    assert_list_fails(starts, negative_sizes, 4);
    release();
    static const int64_t large_sizes[] = {INT64_MAX, 1}, large_starts[] = {1, 1};
    import_list_of_int("+vL", true);
    assert_list_fails(large_starts, large_sizes, 4);
    release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dremel_records_have_the_levels_of_the_paper),
        cmocka_unit_test(null_list_with_elements_is_null_and_empty_list_is_empty),
        cmocka_unit_test(slices_at_every_level_are_followed),
        cmocka_unit_test(list_views_may_overlap_and_go_backwards),
        cmocka_unit_test(fixed_size_lists_count_their_elements),
        cmocka_unit_test(null_struct_hides_what_is_in_it),
        cmocka_unit_test(dictionary_nulls_are_those_of_indexes_and_of_values),
        cmocka_unit_test(runs_are_found_from_any_offset),
        cmocka_unit_test(null_type_has_no_values),
        cmocka_unit_test(list_outside_of_its_elements_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
