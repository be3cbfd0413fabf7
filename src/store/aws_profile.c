#include "store/aws_profile.h"

#include <stdio.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static pqt_view trim(pqt_view text)
{
    while (text.size_bytes && is_blank(text.data[0]))
        text = view_of(text.data + 1, text.size_bytes - 1);
    while (text.size_bytes && is_blank(text.data[text.size_bytes - 1])) text.size_bytes--;
    return text;
}

/* The text up to the next line's beginning; moves `rest` there. */
static pqt_view next_line(pqt_view *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->size_bytes);
    const size_t length = end ? (size_t)(end - rest->data) : rest->size_bytes;
    const pqt_view line = view_of(rest->data, length);
    const size_t used = end ? length + 1 : length;
    *rest = view_of(rest->data + used, rest->size_bytes - used);
    return line;
}

/* "[default]", "[profile one]"; anything behind the ']' is a comment. */
static bool is_section(pqt_view line, const char *profile)
{
    const uint8_t *end = memchr(line.data, ']', line.size_bytes);
    if (!end) return false;
    pqt_view name = trim(view_of(line.data + 1, (size_t)(end - line.data) - 1));
    if (view_equal(name, view_text(profile))) return true;
    if (!view_starts_with(name, view_text("profile "))) return false;
    name = trim(view_of(name.data + 8, name.size_bytes - 8));
    return view_equal(name, view_text(profile));
}

/* A comment may follow the value behind a blank. */
static pqt_view cut_comment(pqt_view value)
{
    for (size_t i = 1; i < value.size_bytes; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') && is_blank(value.data[i - 1]))
            return trim(view_of(value.data, i - 1));
    return value;
}

/* What the lines of the wanted profile are looked at with. */
struct search {
    const char *key;
    char parent[64]; /* the key without a value above nested lines */
    pqt_view found;
    bool is_found;
};

static bool names_key(const struct search *search, pqt_view name, bool is_nested)
{
    char full[160];
    const int length =
        snprintf(full, sizeof full, "%s%s%.*s", is_nested ? search->parent : "",
                 is_nested ? "." : "", (int)(name.size_bytes < 80 ? name.size_bytes : 80),
                 (const char *)name.data);
    return length > 0 && strcmp(full, search->key) == 0;
}

static void look_at(struct search *search, pqt_view line)
{
    const bool is_nested = is_blank(line.data[0]) && search->parent[0];
    const pqt_view text = trim(line);
    const uint8_t *equals = memchr(text.data, '=', text.size_bytes);
    if (!equals) return;
    const size_t before = (size_t)(equals - text.data);
    const pqt_view name = trim(view_of(text.data, before));
    const pqt_view value =
        cut_comment(trim(view_of(equals + 1, text.size_bytes - before - 1)));
    if (!is_nested)
        snprintf(
            search->parent, sizeof search->parent, "%.*s",
            value.size_bytes ? 0 : (int)(name.size_bytes < 63 ? name.size_bytes : 63),
            (const char *)name.data);
    if (value.size_bytes == 0 || !names_key(search, name, is_nested)) return;
    search->found = value;
    search->is_found = true;
}

/* Runs through the lines; true where the profile's section is there. */
static bool search_profile(pqt_view text, const char *profile, struct search *search)
{
    bool is_there = false, is_inside = false;
    while (text.size_bytes) {
        const pqt_view line = next_line(&text);
        const pqt_view trimmed = trim(line);
        if (trimmed.size_bytes == 0 || trimmed.data[0] == '#' || trimmed.data[0] == ';')
            continue;
        if (trimmed.data[0] == '[') {
            is_inside = is_section(trimmed, profile);
            is_there = is_there || is_inside;
            if (search) search->parent[0] = 0;
        } else if (is_inside && search) {
            look_at(search, line);
        }
    }
    return is_there;
}

bool profile_find(pqt_view text, const char *profile, const char *key, buffer *out)
{
    struct search search = {.key = key};
    search_profile(text, profile, &search);
    if (!search.is_found) return false;
    if (buffer_append(out, search.found.data, search.found.size_bytes, NULL) != PQT_OK ||
        buffer_append_u8(out, 0, NULL) != PQT_OK)
        return false;
    out->size_bytes--;
    return true;
}

bool profile_exists(pqt_view text, const char *profile)
{
    return search_profile(text, profile, NULL);
}
