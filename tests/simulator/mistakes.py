"""Mistakes of the kind that lose rows: each is planted in a copy of the sources, and the
simulator must find it."""

MISTAKES = [
    ("deletes by date", "src/source/memory_source.c",
     "        if (!find_row(table, rows[i].id, &at)) continue;",
     "        at = i;\n        for (size_t k = table->row_count; k-- > 0;)\n"
     "            if (table->rows[k].date == rows[i].date && removes)\n"
     "                table->rows[k] = table->rows[--table->row_count];\n"
     "        if (!find_row(table, rows[i].id, &at)) continue;"),
    ("deletes by id alone", "src/source/memory_source.c",
     "    return a->id == b->id && a->project_id == b->project_id &&",
     "    if (a->id == b->id) return true;\n"
     "    return a->id == b->id && a->project_id == b->project_id &&"),
    ("deletes rows that gained views", "src/source/memory_source.c",
     "           a->view_count == b->view_count &&", "           "),
    ("believes the first proof for every file", "src/archive/deletion.c",
     "    if (d->proven.path && strcmp(d->proven.path, file->path) == 0) return PQT_OK;",
     "    if (d->proven.path) return PQT_OK;"),
    ("rebases on commits of the same days", "src/archive/archive_table.c",
     "    TRY(check_unchanged(work->scope, theirs, error));", ""),
    ("forgets what was pruned", "src/archive/archive_table.c",
     "    return table->current && date < archive_table_first_kept(table->current);",
     "    return table->current && date < INT32_MIN;"),
    ("drops archived rows that the database has not any more", "src/archive/day.c",
     "            TRY(id_list_add(merge->archived_only, row.id, error));\n"
     "            emit(out, &row, ORIGIN_ARCHIVE);\n            continue;",
     "            archive_sum_add(&merge->day->replaced, row.view_count,\n"
     "                            archive_row_hash_whole(&row));\n            continue;"),
    ("keeps the archived row where the database's has more views", "src/archive/day.c",
     "    if (theirs->view_count > ours->view_count) d->rows_changed++;",
     "    if (theirs->view_count > ours->view_count)\n"
     "        return day_contradict(d, ours->id, \"more views\", error);"),
    ("lets views shrink", "src/archive/day.c",
     "        return contradict_views(d, ours, theirs, error);",
     "        d->rows_changed++; (void)contradict_views;"),
    ("lets an id be used for another row of the day", "src/archive/day.c",
     "    if (!found) return PQT_OK;\n    return day_contradict(merge->day, id,",
     "    return PQT_OK;\n    return day_contradict(merge->day, id,"),
    ("lets an id be used on another day", "src/archive/moved_ids.c",
     "    if (id_list_is_empty(ids)) return PQT_OK;",
     "    if (id_list_is_empty(ids) || scratch) return PQT_OK;"),
    ("looks for moved ids in other files only", "src/archive/moved_ids.c",
     "           last == date;", "           last == date || (first <= date && last >= date);"),
    ("adds a revision beside the one before", "src/archive/export.c",
     "    return is_replaced ? commit_group_replace", "    return 0 ? commit_group_replace"),
    ("takes days that differ for unchanged", "src/archive/export.c",
     "    return d->database.row_count == 0 ||",
     "    return d->database.row_count <= d->archived.row_count ||"),
    ("joins all but one of a month's files", "src/archive/compact.c",
     "                          .file_count = c->file_count,",
     "                          .file_count = c->file_count - 1,"),
    ("leaves the days beside the month", "src/archive/compact.c",
     "    for (size_t i = 0; i < c->file_count; i++)\n        TRY(change_set_remove",
     "    for (size_t i = 1; i < c->file_count; i++)\n        TRY(change_set_remove"),
    ("vacuums what is live", "src/archive/vacuum.c",
     "    if (delta_find(v->upkeep.table.current, c->path)) return false;", ""),
    ("prunes a day too many", "src/archive/retention.c",
     "    return row->date >= *(const int32_t *)self;",
     "    return row->date > *(const int32_t *)self;"),
    ("brings more back than was pruned", "src/archive/retention.c",
     "                          .keeps = is_pruned,", "                          .keeps = NULL,"),
    ("forgets another project", "src/archive/forget.c",
     "return row->project_id != *(const int32_t *)self;",
     "return row->project_id > *(const int32_t *)self;"),
    ("cleans up after a commit whose outcome is not known", "src/archive/commit_group.c",
     "    clear(group);\n    return status;",
     "    for (size_t i = 0; status != PQT_OK && i < group->add_count; i++) {\n"
     "        char key[400] = ARCHIVE_ROOT \"/\";\n"
     "        strncat(key, group->adds[i].path, 300);\n"
     "        (void)store_remove(group->table->store, key, NULL);\n    }\n"
     "    clear(group);\n    return status;"),
    ("restores rows with other values", "src/archive/restore.c",
     "    return source_insert(r->upkeep.context->source, &row, error);",
     "    source_row other = row;\n    other.view_count++;\n"
     "    return source_insert(r->upkeep.context->source, &other, error);"),
    ("adopts whatever object has the name", "src/archive/day_file.c",
     "    *same = size == file->size_bytes && strcmp(text, file->sha256) == 0;",
     "    *same = true;"),
]
