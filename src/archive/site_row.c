#include "archive/site_row.h"

#include "archive/day.h"

source_row site_row_of(const archive_row *row)
{
    return (source_row){.id = row->id,
                        .project_id = row->project_id,
                        .version_id = row->version_id,
                        .view_count = row->view_count,
                        .date = row->date,
                        .status = row->status,
                        .has_version = row->has_version,
                        .has_full_path = row->has_full_path,
                        .path = row->path,
                        .full_path = row->full_path};
}

archive_row site_row_archived(const source_row *row)
{
    return (archive_row){.id = row->id,
                         .project_id = row->project_id,
                         .version_id = row->version_id,
                         .view_count = row->view_count,
                         .date = row->date,
                         .status = row->status,
                         .has_version = row->has_version,
                         .has_full_path = row->has_full_path,
                         .path = row->path,
                         .full_path = row->full_path};
}

void site_row_add(archive_sum *sum, const source_row *row)
{
    const archive_row plain = site_row_archived(row);
    archive_sum_add(sum, row->view_count, archive_row_hash_whole(&plain));
}
