#include "table/made_id.h"

#include "base/view.h"

uint64_t archive_row_key_hash(const archive_row *row)
{
    const uint64_t parts[] = {
        hash_bytes64(row->path.data, row->path.size_bytes),
        (uint64_t)(uint32_t)row->project_id << 32 | (uint32_t)row->version_id,
        (uint64_t)(uint32_t)row->date << 32 | (uint64_t)(uint16_t)row->status << 1 |
            (uint64_t)row->has_version,
    };
    return hash_bytes64(parts, sizeof parts);
}

int64_t made_id(const archive_row *row, int32_t ordinal)
{
    const uint64_t hash = archive_row_key_hash(row) >> 3;
    return MADE_ID_LIMIT - 1 - (int64_t)hash - ordinal;
}

bool archive_row_key_equal(const archive_row *a, const archive_row *b)
{
    return a->project_id == b->project_id && a->has_version == b->has_version &&
           a->version_id == b->version_id && a->status == b->status &&
           a->date == b->date && view_equal(a->path, b->path);
}
