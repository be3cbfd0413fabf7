#include "table/row.h"

const delta_column archive_columns[COLUMN_COUNT] = {
    [COLUMN_ID] = {"id", "long", false},
    [COLUMN_PROJECT_ID] = {"project_id", "integer", false},
    [COLUMN_PROJECT_SLUG] = {"project_slug", "string", false},
    [COLUMN_VERSION_ID] = {"version_id", "integer", true},
    [COLUMN_VERSION_SLUG] = {"version_slug", "string", true},
    [COLUMN_PATH] = {"path", "string", false},
    [COLUMN_FULL_PATH] = {"full_path", "string", true},
    [COLUMN_VIEW_COUNT] = {"view_count", "integer", false},
    [COLUMN_DATE] = {"date", "date", false},
    [COLUMN_STATUS] = {"status", "short", false},
};

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_optional_text(bool has_a, pqt_view a, bool has_b, pqt_view b)
{
    if (!has_a || !has_b) return (int)has_a - (int)has_b;
    return view_compare(a, b);
}

/* By what comes before date and id. */
static int compare_texts(const archive_row *a, const archive_row *b)
{
    int order = view_compare(a->project_slug, b->project_slug);
    if (order == 0) order = view_compare(a->path, b->path);
    if (order == 0)
        order = compare_optional_text(a->has_version_slug, a->version_slug,
                                      b->has_version_slug, b->version_slug);
    if (order == 0) order = compare_numbers(a->status, b->status);
    return order;
}

int archive_row_compare(const archive_row *a, const archive_row *b)
{
    int order = compare_numbers(a->date, b->date);
    if (order == 0) order = compare_texts(a, b);
    if (order == 0) order = compare_numbers(a->id, b->id);
    return order;
}

int archive_row_compare_in_file(const archive_row *a, const archive_row *b)
{
    int order = compare_texts(a, b);
    if (order == 0) order = compare_numbers(a->date, b->date);
    if (order == 0) order = compare_numbers(a->id, b->id);
    return order;
}

hash128 archive_row_hash(const archive_row *row, const archive_text_hashes *texts)
{
    const uint64_t nulls = (uint64_t)row->has_version |
                           (uint64_t)row->has_version_slug << 1 |
                           (uint64_t)row->has_full_path << 2;
    const uint64_t words[9] = {
        (uint64_t)row->id,
        (uint64_t)(uint32_t)row->project_id << 32 | (uint32_t)row->version_id,
        (uint64_t)(uint32_t)row->view_count << 32 | (uint32_t)row->date,
        (uint64_t)(uint16_t)row->status << 8 | nulls,
        texts->project_slug,
        row->has_version_slug ? texts->version_slug : 0,
        texts->path,
        row->has_full_path ? texts->full_path : 0,
        row->path.size_bytes,
    };
    return hash_bytes128(words, sizeof words);
}

hash128 archive_row_hash_whole(const archive_row *row)
{
    const archive_text_hashes texts = {
        .project_slug =
            hash_bytes64(row->project_slug.data, row->project_slug.size_bytes),
        .version_slug =
            hash_bytes64(row->version_slug.data, row->version_slug.size_bytes),
        .path = hash_bytes64(row->path.data, row->path.size_bytes),
        .full_path = hash_bytes64(row->full_path.data, row->full_path.size_bytes),
    };
    return archive_row_hash(row, &texts);
}

static uint64_t hash_again(const row_hasher *h, pqt_view last, uint64_t hash,
                           pqt_view text)
{
    if (h->has_last && last.data == text.data && last.size_bytes == text.size_bytes)
        return hash;
    return hash_bytes64(text.data, text.size_bytes);
}

hash128 row_hasher_hash(row_hasher *h, const archive_row *row)
{
    archive_text_hashes *t = &h->hashes;
    t->project_slug =
        hash_again(h, h->last.project_slug, t->project_slug, row->project_slug);
    t->version_slug =
        hash_again(h, h->last.version_slug, t->version_slug, row->version_slug);
    t->path = hash_again(h, h->last.path, t->path, row->path);
    t->full_path = hash_bytes64(row->full_path.data, row->full_path.size_bytes);
    h->last = *row;
    h->has_last = true;
    return archive_row_hash(row, t);
}
