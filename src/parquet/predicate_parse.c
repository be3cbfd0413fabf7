/*
 * pqt_predicate_parse:
 *   predicate = column ( op value | "in" "(" [value {"," value}] ")"
 *                      | "is" ["not"] "null" )
 *   column    = path without blanks, or in double quotes
 *   value     = word | "'" text "'" | "x'" hex "'"
 */
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/view.h"
#include "parquet/value_parse.h"

enum { VALUES_LIMIT = 100000 };

struct parsing {
    const pqt_schema *schema;
    const pqt_schema_node *node;
    pqt_view text;
    cursor in;
    buffer scratch; /* a text without its quotes */
    buffer bytes;   /* of the values, one behind the other */
    buffer sizes;   /* size_t each */
    pqt_predicate predicate;
    pqt_error *error;
};

/* --- Characters --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parsing *p)
{
    while (cursor_left(&p->in) > 0 && is_blank(*p->in.at)) p->in.at++;
}

static bool is_at(const struct parsing *p, char c)
{
    return cursor_left(&p->in) > 0 && *p->in.at == (uint8_t)c;
}

/* Puts where it is before the message; `at` is the place in the text. */
static pqt_status error_at(const struct parsing *p, const uint8_t *at, pqt_status status)
{
    error_prefix(p->error, "'%.200s', character %zu", (const char *)p->text.data,
                 (size_t)(at - p->text.data) + 1);
    return status;
}

static pqt_status expected(const struct parsing *p, const char *what)
{
    const pqt_status status =
        cursor_left(&p->in) > 0
            ? error_set(p->error, PQT_INVALID, "expected %s, found '%.20s'", what,
                        (const char *)p->in.at)
            : error_set(p->error, PQT_INVALID, "expected %s, found the end", what);
    return error_at(p, p->in.at, status);
}

/* --- Words --- */

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A word of the language, of any case, that does not go on. */
static bool take_keyword(struct parsing *p, const char *word)
{
    const size_t size = strlen(word);
    skip_blanks(p);
    if (cursor_left(&p->in) < size) return false;
    for (size_t i = 0; i < size; i++)
        if ((p->in.at[i] | 0x20) != (uint8_t)word[i]) return false;
    if (cursor_left(&p->in) > size && is_letter(p->in.at[size])) return false;
    p->in.at += size;
    return true;
}

/* Text up to the closing quote, which is written twice within, into `scratch`. */
static pqt_status take_quoted(struct parsing *p, char quote)
{
    const uint8_t *first = p->in.at++;
    buffer_clear(&p->scratch);
    for (; cursor_left(&p->in) > 0; p->in.at++) {
        if (is_at(p, quote)) {
            p->in.at++;
            if (!is_at(p, quote)) return PQT_OK;
        }
        TRY(buffer_append_u8(&p->scratch, *p->in.at, p->error));
    }
    return error_at(
        p, first,
        error_set(p->error, PQT_INVALID, "the quote (%c) is not closed", quote));
}

static bool ends_word(uint8_t c)
{
    return is_blank(c) || strchr("=!<>(),'\"", c) != NULL;
}

/* Characters up to a blank or a sign. */
static pqt_view take_word(struct parsing *p)
{
    const uint8_t *first = p->in.at;
    while (cursor_left(&p->in) > 0 && !ends_word(*p->in.at)) p->in.at++;
    return (pqt_view){first, (size_t)(p->in.at - first)};
}

/* --- Column --- */

static pqt_status take_column(struct parsing *p)
{
    skip_blanks(p);
    const uint8_t *at = p->in.at;
    if (is_at(p, '"')) {
        TRY(take_quoted(p, '"'));
    } else {
        const pqt_view word = take_word(p);
        if (word.size_bytes == 0) return expected(p, "the name of a column");
        buffer_clear(&p->scratch);
        TRY(buffer_append(&p->scratch, word.data, word.size_bytes, p->error));
    }
    TRY(buffer_append_u8(&p->scratch, 0, p->error));
    const char *path = (const char *)p->scratch.data;
    p->predicate.column = pqt_schema_find(p->schema, path);
    if (p->predicate.column < 0)
        return error_at(
            p, at, error_set(p->error, PQT_INVALID, "there is no column '%.100s'", path));
    p->node = &p->schema->nodes[p->schema->column_nodes[p->predicate.column]];
    if (p->node->max_repetition_level == 0) return PQT_OK;
    return error_at(p, at,
                    error_set(p->error, PQT_INVALID,
                              "'%.100s' is repeated: only columns with at most one "
                              "value a row are compared",
                              path));
}

/* --- Values --- */

/* Makes bytes of the digits in `scratch`. */
static pqt_status decode_hex(struct parsing *p, const uint8_t *at)
{
    buffer *b = &p->scratch;
    const size_t size = b->size_bytes;
    for (size_t i = 0; i < size; i++) {
        const int digit = value_hex_digit(b->data[i]);
        if (digit < 0 || size % 2 != 0)
            return error_at(
                p, at,
                error_set(p->error, PQT_INVALID, "expected pairs of hexadecimal digits"));
        b->data[i / 2] = (uint8_t)(i % 2 ? b->data[i / 2] << 4 | digit : digit);
    }
    b->size_bytes = size / 2;
    return PQT_OK;
}

static pqt_status take_form(struct parsing *p, value_form *form)
{
    const uint8_t *at = p->in.at;
    const bool is_hex = (is_at(p, 'x') || is_at(p, 'X')) && cursor_left(&p->in) > 1 &&
                        p->in.at[1] == '\'';
    if (is_hex) p->in.at++;
    *form = is_hex ? VALUE_HEX : VALUE_TEXT;
    if (is_at(p, '\'')) {
        TRY(take_quoted(p, '\''));
        return is_hex ? decode_hex(p, at) : PQT_OK;
    }
    const pqt_view word = take_word(p);
    *form = VALUE_WORD;
    if (word.size_bytes == 0) return expected(p, "a value");
    buffer_clear(&p->scratch);
    return buffer_append(&p->scratch, word.data, word.size_bytes, p->error);
}

static pqt_status take_value(struct parsing *p)
{
    value_form form;
    skip_blanks(p);
    const uint8_t *at = p->in.at;
    const size_t before = p->bytes.size_bytes;
    TRY(take_form(p, &form));
    TRY(buffer_reserve(&p->scratch, 1, p->error));
    const pqt_status status =
        value_parse(p->node, form, buffer_view(&p->scratch), &p->bytes, p->error);
    if (status != PQT_OK) {
        error_prefix(p->error, "column %s", p->node->name);
        return error_at(p, at, status);
    }
    const size_t size = p->bytes.size_bytes - before;
    if (++p->predicate.value_count > VALUES_LIMIT)
        return error_at(
            p, at, error_set(p->error, PQT_LIMIT, "more than %d values", VALUES_LIMIT));
    return buffer_append(&p->sizes, &size, sizeof size, p->error);
}

static pqt_status take_list(struct parsing *p)
{
    skip_blanks(p);
    if (!is_at(p, '(')) return expected(p, "values in parentheses");
    p->in.at++;
    skip_blanks(p);
    while (!is_at(p, ')')) {
        TRY(take_value(p));
        skip_blanks(p);
        if (!is_at(p, ',') && !is_at(p, ')')) return expected(p, "a comma or ')'");
        if (is_at(p, ',')) {
            p->in.at++;
            skip_blanks(p);
            if (is_at(p, ')')) return expected(p, "a value");
        }
    }
    p->in.at++;
    return PQT_OK;
}

/* --- The whole --- */

static bool take_operator(struct parsing *p, pqt_comparison *out)
{
    /* Longer ones before what they begin with. */
    static const struct {
        const char *sign;
        pqt_comparison comparison;
    } operators[] = {
        {"<=", PQT_LESS_OR_EQUAL}, {">=", PQT_GREATER_OR_EQUAL},
        {"!=", PQT_NOT_EQUAL},     {"<>", PQT_NOT_EQUAL},
        {"=", PQT_EQUAL},          {"<", PQT_LESS},
        {">", PQT_GREATER},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const size_t size = strlen(operators[i].sign);
        if (cursor_left(&p->in) < size || memcmp(p->in.at, operators[i].sign, size) != 0)
            continue;
        p->in.at += size;
        *out = operators[i].comparison;
        return true;
    }
    return false;
}

static pqt_status take_condition(struct parsing *p)
{
    skip_blanks(p);
    if (take_operator(p, &p->predicate.comparison)) return take_value(p);
    if (take_keyword(p, "in")) {
        p->predicate.comparison = PQT_IN;
        return take_list(p);
    }
    if (!take_keyword(p, "is")) return expected(p, "=, !=, <, <=, >, >=, 'in' or 'is'");
    const bool is_not = take_keyword(p, "not");
    p->predicate.comparison = is_not ? PQT_IS_NOT_NULL : PQT_IS_NULL;
    return take_keyword(p, "null") ? PQT_OK : expected(p, "'null'");
}

static pqt_status take_all(struct parsing *p)
{
    TRY(take_column(p));
    TRY(take_condition(p));
    skip_blanks(p);
    return cursor_left(&p->in) == 0 ? PQT_OK : expected(p, "the end");
}

/* Views and their bytes in one block, which pqt_predicate_free frees. */
static pqt_status keep_values(struct parsing *p)
{
    const size_t count = p->predicate.value_count;
    const size_t *sizes = (const size_t *)(const void *)p->sizes.data;
    if (count == 0) return PQT_OK;
    const size_t total = count * sizeof(pqt_view) + p->bytes.size_bytes;
    pqt_view *values = alloc_bytes(NULL, total);
    if (!values) return error_no_memory(p->error, total);
    uint8_t *bytes = (uint8_t *)(values + count);
    if (p->bytes.size_bytes) memcpy(bytes, p->bytes.data, p->bytes.size_bytes);
    for (size_t i = 0; i < count; i++) {
        values[i] = (pqt_view){bytes, sizes[i]};
        bytes += sizes[i];
    }
    p->predicate.values = values;
    return PQT_OK;
}

pqt_status pqt_predicate_parse(const pqt_schema *schema, const char *text,
                               pqt_predicate *out, pqt_error *error)
{
    struct parsing p = {.schema = schema, .text = view_text(text), .error = error};
    p.in = cursor_of(p.text);
    pqt_status status = take_all(&p);
    if (status == PQT_OK) status = keep_values(&p);
    if (status == PQT_OK) *out = p.predicate;
    buffer_free(&p.scratch);
    buffer_free(&p.bytes);
    buffer_free(&p.sizes);
    return status;
}

void pqt_predicate_free(pqt_predicate *predicate)
{
    if (!predicate) return;
    alloc_release(NULL, (void *)(uintptr_t)predicate->values);
    *predicate = (pqt_predicate){0};
}
