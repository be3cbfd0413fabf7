#include "archive/site_row.h"

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
