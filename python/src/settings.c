#include "settings.h"

/* What copies are made, as the member `copies` of a type. */
#define COPIES_FIELDS(type) \
    FIELD_NAMED(type, "per_project", copies.per_project, FIELD_BOOL), \
    FIELD_NAMED(type, "per_organization", copies.per_organization, FIELD_BOOL), \
    FIELD_NAMED(type, "minimum_rows", copies.minimum_rows, FIELD_INT64), \
    FIELD_NAMED(type, "new_only", copies.new_only, FIELD_BOOL)

/* A question, as it stands or as the member `in` (with its dot) of another type. */
#define QUERY_FIELDS(type, in) \
    FIELD_NAMED(type, "project", in project, FIELD_TEXT), \
    FIELD_NAMED(type, "has_project_id", in has_project_id, FIELD_BOOL), \
    FIELD_NAMED(type, "project_id", in project_id, FIELD_INT32), \
    FIELD_NAMED(type, "since", in since, FIELD_INT32), \
    FIELD_NAMED(type, "until", in until, FIELD_INT32), \
    FIELD_NAMED(type, "any_status", in any_status, FIELD_BOOL), \
    FIELD_NAMED(type, "status", in status, FIELD_INT16), \
    FIELD_NAMED(type, "project_version", in project_version, FIELD_TEXT), \
    FIELD_NAMED(type, "limit", in limit, FIELD_INT64), \
    FIELD_NAMED(type, "by_full_path", in by_full_path, FIELD_BOOL), \
    FIELD_NAMED(type, "live", in live, FIELD_BOOL)

/* A comparison, likewise. */
#define SHADOWED_FIELDS(type, in) \
    FIELD_NAMED(type, "question", in question, FIELD_INT), \
    FIELD_NAMED(type, "project_id", in project_id, FIELD_INT32), \
    FIELD_NAMED(type, "since", in since, FIELD_INT32), \
    FIELD_NAMED(type, "until", in until, FIELD_INT32), \
    FIELD_NAMED(type, "is_equal", in is_equal, FIELD_BOOL), \
    FIELD_NAMED(type, "rows", in rows, FIELD_INT64), \
    FIELD_NAMED(type, "rows_different", in rows_different, FIELD_INT64), \
    FIELD_NAMED(type, "days_compared", in days_compared, FIELD_INT64), \
    FIELD_NAMED(type, "days_live", in days_live, FIELD_INT64), \
    FIELD_NAMED(type, "days_gone", in days_gone, FIELD_INT64), \
    FIELD_NAMED(type, "days_pruned", in days_pruned, FIELD_INT64), \
    FIELD_NAMED(type, "archive_us", in archive_us, FIELD_INT64), \
    FIELD_NAMED(type, "database_us", in database_us, FIELD_INT64), \
    FIELD_NAMED(type, "message", in message, FIELD_CHARS)

static const field settings_array[] = {
    FIELD(pqa_settings, store, FIELD_TEXT),
    FIELD(pqa_settings, db, FIELD_TEXT),
    FIELD(pqa_settings, delete_db, FIELD_TEXT),
    FIELD(pqa_settings, environment, FIELD_TEXT),
    FIELD(pqa_settings, temporary_directory, FIELD_TEXT),
    FIELD(pqa_settings, cache_directory, FIELD_TEXT),
    FIELD(pqa_settings, cache_bytes, FIELD_UINT64),
    FIELD(pqa_settings, memory_bytes, FIELD_SIZE),
    FIELD(pqa_settings, threads, FIELD_INT),
    FIELD(pqa_settings, compression_level, FIELD_INT),
    FIELD(pqa_settings, portable, FIELD_BOOL),
    FIELD(pqa_settings, adopt_source, FIELD_BOOL),
    FIELD(pqa_settings, escape_invalid_utf8, FIELD_BOOL),
    FIELD_NAMED(pqa_settings, "s3_endpoint", s3.endpoint, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_region", s3.region, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_profile", s3.profile, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_access_key", s3.access_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_secret_key", s3.secret_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_session_token", s3.session_token, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_ca_bundle", s3.ca_bundle, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_kms_key", s3.kms_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_storage_class", s3.storage_class, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "s3_addressing", s3.addressing, FIELD_INT),
    FIELD_NAMED(pqa_settings, "s3_encryption", s3.encryption, FIELD_INT),
    FIELD_NAMED(pqa_settings, "s3_connect_s", s3.connect_s, FIELD_INT),
    FIELD_NAMED(pqa_settings, "s3_idle_s", s3.idle_s, FIELD_INT),
    FIELD_NAMED(pqa_settings, "s3_retry_s", s3.retry_s, FIELD_INT),
    FIELD_NAMED(pqa_settings, "s3_multipart_bytes", s3.multipart_bytes, FIELD_UINT64),
    FIELD_NAMED(pqa_settings, "names_page_views", names.page_views, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_id", names.id, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_project_id", names.project_id, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_version_id", names.version_id, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_path", names.path, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_full_path", names.full_path, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_view_count", names.view_count, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_date", names.date, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_status", names.status, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_projects", names.projects, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_project_key", names.project_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_project_slug", names.project_slug, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_versions", names.versions, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_version_key", names.version_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_version_slug", names.version_slug, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organizations", names.organizations, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organization_key", names.organization_key, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organization_slug", names.organization_slug, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organization_projects", names.organization_projects, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organization_projects_organization", names.organization_projects_organization, FIELD_TEXT),
    FIELD_NAMED(pqa_settings, "names_organization_projects_project", names.organization_projects_project, FIELD_TEXT),
};
const field_table settings_fields = FIELD_TABLE(settings_array);

static const field query_array[] = {
    QUERY_FIELDS(pqa_query, ),
};
const field_table query_fields = FIELD_TABLE(query_array);

static const field shadow_array[] = {
    QUERY_FIELDS(shadowing, query.),
    FIELD_NAMED(shadowing, "evidence_file", options.evidence_file, FIELD_TEXT),
    FIELD_NAMED(shadowing, "evidence_lines", options.evidence_lines, FIELD_INT32),
    FIELD_NAMED(shadowing, "question", question, FIELD_INT),
};
const field_table shadow_fields = FIELD_TABLE(shadow_array);

static const field shadowed_array[] = {
    SHADOWED_FIELDS(pqa_shadowed, ),
};
const field_table shadowed_fields = FIELD_TABLE(shadowed_array);

static const field shadow_verdict_array[] = {
    FIELD_NAMED(shadow_verdict, "compared", sum.compared, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "equal", sum.equal, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "different", sum.different, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "failed", sum.failed, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "first_ms", sum.first_ms, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "last_ms", sum.last_ms, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "archive_us", sum.archive_us, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "database_us", sum.database_us, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "equal_since", sum.equal_since, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "failed_since", sum.failed_since, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "days_since", sum.days_since, FIELD_INT64),
    FIELD_NAMED(shadow_verdict, "last_difference", sum.last_difference, FIELD_CHARS),
    FIELD(shadow_verdict, is_ready, FIELD_BOOL),
    FIELD(shadow_verdict, message, FIELD_CHARS),
};
const field_table shadow_verdict_fields = FIELD_TABLE(shadow_verdict_array);

static const field sample_array[] = {
    FIELD(sampling, count, FIELD_INT32),
    FIELD(sampling, since, FIELD_INT32),
    FIELD(sampling, until, FIELD_INT32),
    FIELD_NAMED(sampling, "evidence_file", options.evidence_file, FIELD_TEXT),
    FIELD_NAMED(sampling, "evidence_lines", options.evidence_lines, FIELD_INT32),
};
const field_table sample_fields = FIELD_TABLE(sample_array);

static const field shadowed_project_array[] = {
    SHADOWED_FIELDS(shadowed_project, compared.),
    FIELD(shadowed_project, project, FIELD_TEXT),
};
const field_table shadowed_project_fields = FIELD_TABLE(shadowed_project_array);

static const field duckdb_array[] = {
    FIELD(pqa_duckdb_options, memory_limit, FIELD_TEXT),
    FIELD(pqa_duckdb_options, has_delta, FIELD_BOOL),
    FIELD(pqa_duckdb_options, has_httpfs, FIELD_BOOL),
};
const field_table duckdb_fields = FIELD_TABLE(duckdb_array);

static const field copies_array[] = {
    FIELD(pqa_copies_options, since, FIELD_INT32),
    FIELD(pqa_copies_options, until, FIELD_INT32),
    COPIES_FIELDS(pqa_copies_options),
};
const field_table copies_fields = FIELD_TABLE(copies_array);

static const field copy_array[] = {
    FIELD(pqa_copy, date, FIELD_INT32),
    FIELD(pqa_copy, outcome, FIELD_INT),
    FIELD(pqa_copy, path, FIELD_TEXT),
    FIELD(pqa_copy, rows, FIELD_INT64),
    FIELD(pqa_copy, views, FIELD_INT64),
    FIELD(pqa_copy, size_bytes, FIELD_UINT64),
    FIELD(pqa_copy, status, FIELD_STATUS),
    FIELD(pqa_copy, message, FIELD_CHARS),
};
const field_table copy_fields = FIELD_TABLE(copy_array);

static const field export_array[] = {
    FIELD_NAMED(exporting, "since", options.since, FIELD_INT32),
    FIELD_NAMED(exporting, "until", options.until, FIELD_INT32),
    FIELD_NAMED(exporting, "include_open", options.include_open, FIELD_BOOL),
    FIELD_NAMED(exporting, "rebuild", options.rebuild, FIELD_BOOL),
    FIELD_NAMED(exporting, "accept_loss", options.accept_loss, FIELD_BOOL),
    FIELD_NAMED(exporting, "dry_run", options.dry_run, FIELD_BOOL),
    FIELD_NAMED(exporting, "skip_covered", options.skip_covered, FIELD_BOOL),
    COPIES_FIELDS(exporting),
};
const field_table export_fields = FIELD_TABLE(export_array);

static const field delete_array[] = {
    FIELD_NAMED(deleting, "since", options.since, FIELD_INT32),
    FIELD_NAMED(deleting, "until", options.until, FIELD_INT32),
    FIELD_NAMED(deleting, "dry_run", options.dry_run, FIELD_BOOL),
    FIELD_NAMED(deleting, "batch_rows", options.batch_rows, FIELD_INT32),
    FIELD_NAMED(deleting, "pause_ms", options.pause_ms, FIELD_INT32),
    FIELD_NAMED(deleting, "max_replica_lag_s", options.max_replica_lag_s, FIELD_INT32),
    FIELD_NAMED(deleting, "lock_timeout_ms", options.lock_timeout_ms, FIELD_INT32),
    FIELD_NAMED(deleting, "statement_timeout_ms", options.statement_timeout_ms, FIELD_INT32),
    FIELD_NAMED(deleting, "drop_partitions", options.drop_partitions, FIELD_BOOL),
    COPIES_FIELDS(deleting),
};
const field_table delete_fields = FIELD_TABLE(delete_array);

static const field verify_array[] = {
    FIELD(pqa_verify_options, since, FIELD_INT32),
    FIELD(pqa_verify_options, until, FIELD_INT32),
    FIELD(pqa_verify_options, depth, FIELD_INT),
    FIELD(pqa_verify_options, against_database, FIELD_BOOL),
};
const field_table verify_fields = FIELD_TABLE(verify_array);

static const field prune_array[] = {
    FIELD(pqa_prune_options, before, FIELD_INT32),
    FIELD(pqa_prune_options, more_than_a_tenth, FIELD_BOOL),
    FIELD(pqa_prune_options, dry_run, FIELD_BOOL),
};
const field_table prune_fields = FIELD_TABLE(prune_array);

static const field compact_array[] = {
    FIELD(pqa_compact_options, has_month, FIELD_BOOL),
    FIELD(pqa_compact_options, month, FIELD_INT32),
    FIELD(pqa_compact_options, dry_run, FIELD_BOOL),
};
const field_table compact_fields = FIELD_TABLE(compact_array);

static const field restore_array[] = {
    FIELD(pqa_restore_options, since, FIELD_INT32),
    FIELD(pqa_restore_options, until, FIELD_INT32),
    FIELD(pqa_restore_options, leave_out_gone, FIELD_BOOL),
    FIELD(pqa_restore_options, to_db, FIELD_TEXT),
};
const field_table restore_fields = FIELD_TABLE(restore_array);

_Static_assert(offsetof(pqa_import_options, path_count) ==
                   offsetof(pqa_import_options, paths) + sizeof(char **),
               "a FIELD_TEXTS");
static const field import_array[] = {
    FIELD(pqa_import_options, paths, FIELD_TEXTS),
    FIELD(pqa_import_options, since, FIELD_INT32),
    FIELD(pqa_import_options, until, FIELD_INT32),
    FIELD(pqa_import_options, dry_run, FIELD_BOOL),
};
const field_table import_fields = FIELD_TABLE(import_array);

static const field forget_array[] = {
    FIELD(pqa_forget_options, project, FIELD_TEXT),
    FIELD(pqa_forget_options, project_id, FIELD_INT32),
    FIELD(pqa_forget_options, agreed, FIELD_BOOL),
    FIELD(pqa_forget_options, ignore_database, FIELD_BOOL),
    FIELD(pqa_forget_options, dry_run, FIELD_BOOL),
};
const field_table forget_fields = FIELD_TABLE(forget_array);

static const field nightly_array[] = {
    FIELD_NAMED(nighting, "look_back_days", options.look_back_days, FIELD_INT),
    FIELD_NAMED(nighting, "keep_database_days", options.keep_database_days, FIELD_INT),
    FIELD_NAMED(nighting, "keep_archive_days", options.keep_archive_days, FIELD_INT),
    FIELD_NAMED(nighting, "compact", options.compact, FIELD_BOOL),
    FIELD_NAMED(nighting, "vacuum", options.vacuum, FIELD_BOOL),
    FIELD_NAMED(nighting, "report_file", options.report_file, FIELD_TEXT),
    FIELD_NAMED(nighting, "metrics_file", options.metrics_file, FIELD_TEXT),
    FIELD_NAMED(nighting, "success_url", options.success_url, FIELD_TEXT),
    FIELD_NAMED(nighting, "failure_url", options.failure_url, FIELD_TEXT),
    COPIES_FIELDS(nighting),
};
const field_table nightly_fields = FIELD_TABLE(nightly_array);

static const field status_array[] = {
    FIELD(pqa_status_options, report_file, FIELD_TEXT),
    FIELD(pqa_status_options, ask_database, FIELD_BOOL),
};
const field_table status_fields = FIELD_TABLE(status_array);

static const field day_array[] = {
    FIELD(pqa_day, date, FIELD_INT32),
    FIELD(pqa_day, outcome, FIELD_INT),
    FIELD(pqa_day, rows, FIELD_INT64),
    FIELD(pqa_day, rows_read, FIELD_INT64),
    FIELD(pqa_day, rows_new, FIELD_INT64),
    FIELD(pqa_day, rows_changed, FIELD_INT64),
    FIELD(pqa_day, views, FIELD_INT64),
    FIELD(pqa_day, file_bytes, FIELD_UINT64),
    FIELD(pqa_day, status, FIELD_STATUS),
    FIELD(pqa_day, message, FIELD_CHARS),
    FIELD(pqa_day, path, FIELD_TEXT),
};
const field_table day_fields = FIELD_TABLE(day_array);

static const field deleted_day_array[] = {
    FIELD(pqa_deleted_day, date, FIELD_INT32),
    FIELD(pqa_deleted_day, rows_deleted, FIELD_INT64),
    FIELD(pqa_deleted_day, rows_kept, FIELD_INT64),
    FIELD(pqa_deleted_day, rows_gone, FIELD_INT64),
    FIELD(pqa_deleted_day, rows_unverified, FIELD_INT64),
    FIELD(pqa_deleted_day, batches, FIELD_INT64),
    FIELD(pqa_deleted_day, longest_batch_us, FIELD_INT64),
    FIELD(pqa_deleted_day, is_dropped, FIELD_BOOL),
    FIELD(pqa_deleted_day, status, FIELD_STATUS),
    FIELD(pqa_deleted_day, message, FIELD_CHARS),
};
const field_table deleted_day_fields = FIELD_TABLE(deleted_day_array);

static const field verified_array[] = {
    FIELD(pqa_verified, path, FIELD_TEXT),
    FIELD(pqa_verified, first_date, FIELD_INT32),
    FIELD(pqa_verified, last_date, FIELD_INT32),
    FIELD(pqa_verified, rows, FIELD_INT64),
    FIELD(pqa_verified, rows_archived_only, FIELD_INT64),
    FIELD(pqa_verified, size_bytes, FIELD_UINT64),
    FIELD(pqa_verified, status, FIELD_STATUS),
    FIELD(pqa_verified, message, FIELD_TEXT),
};
const field_table verified_fields = FIELD_TABLE(verified_array);

static const field pruned_array[] = {
    FIELD(pqa_pruned, before, FIELD_INT32),
    FIELD(pqa_pruned, days, FIELD_INT64),
    FIELD(pqa_pruned, rows, FIELD_INT64),
    FIELD(pqa_pruned, rows_left, FIELD_INT64),
    FIELD(pqa_pruned, files, FIELD_INT64),
    FIELD(pqa_pruned, files_rewritten, FIELD_INT64),
    FIELD(pqa_pruned, size_bytes, FIELD_UINT64),
    FIELD(pqa_pruned, copies, FIELD_INT64),
};
const field_table pruned_fields = FIELD_TABLE(pruned_array);

static const field vacuumed_array[] = {
    FIELD(pqa_vacuumed, path, FIELD_TEXT),
    FIELD(pqa_vacuumed, size_bytes, FIELD_UINT64),
    FIELD(pqa_vacuumed, since_ms, FIELD_INT64),
    FIELD(pqa_vacuumed, was_live, FIELD_BOOL),
};
const field_table vacuumed_fields = FIELD_TABLE(vacuumed_array);

static const field vacuum_sum_array[] = {
    FIELD(pqa_vacuum_sum, objects, FIELD_INT64),
    FIELD(pqa_vacuum_sum, bytes, FIELD_UINT64),
    FIELD(pqa_vacuum_sum, objects_waiting, FIELD_INT64),
    FIELD(pqa_vacuum_sum, bytes_waiting, FIELD_UINT64),
    FIELD(pqa_vacuum_sum, log_files, FIELD_INT64),
};
const field_table vacuum_sum_fields = FIELD_TABLE(vacuum_sum_array);

static const field compacted_array[] = {
    FIELD(pqa_compacted, first_date, FIELD_INT32),
    FIELD(pqa_compacted, last_date, FIELD_INT32),
    FIELD(pqa_compacted, outcome, FIELD_INT),
    FIELD(pqa_compacted, files, FIELD_INT64),
    FIELD(pqa_compacted, rows, FIELD_INT64),
    FIELD(pqa_compacted, bytes_before, FIELD_UINT64),
    FIELD(pqa_compacted, bytes_after, FIELD_UINT64),
    FIELD(pqa_compacted, status, FIELD_STATUS),
    FIELD(pqa_compacted, message, FIELD_CHARS),
};
const field_table compacted_fields = FIELD_TABLE(compacted_array);

static const field restored_array[] = {
    FIELD(pqa_restored, date, FIELD_INT32),
    FIELD(pqa_restored, rows, FIELD_INT64),
    FIELD(pqa_restored, inserted, FIELD_INT64),
    FIELD(pqa_restored, equal, FIELD_INT64),
    FIELD(pqa_restored, left_out, FIELD_INT64),
    FIELD(pqa_restored, status, FIELD_STATUS),
    FIELD(pqa_restored, message, FIELD_CHARS),
};
const field_table restored_fields = FIELD_TABLE(restored_array);

static const field imported_array[] = {
    FIELD(pqa_imported, path, FIELD_TEXT),
    FIELD(pqa_imported, size_bytes, FIELD_UINT64),
    FIELD(pqa_imported, first_date, FIELD_INT32),
    FIELD(pqa_imported, last_date, FIELD_INT32),
    FIELD(pqa_imported, rows, FIELD_INT64),
    FIELD(pqa_imported, rows_taken, FIELD_INT64),
    FIELD(pqa_imported, rows_doubled, FIELD_INT64),
    FIELD(pqa_imported, rows_left_out, FIELD_INT64),
    FIELD(pqa_imported, is_part, FIELD_BOOL),
    FIELD(pqa_imported, is_skipped, FIELD_BOOL),
};
const field_table imported_fields = FIELD_TABLE(imported_array);

static const field forgotten_array[] = {
    FIELD(pqa_forgotten, project_id, FIELD_INT32),
    FIELD(pqa_forgotten, rows, FIELD_INT64),
    FIELD(pqa_forgotten, files, FIELD_INT64),
    FIELD(pqa_forgotten, objects, FIELD_INT64),
    FIELD(pqa_forgotten, objects_checked, FIELD_INT64),
    FIELD(pqa_forgotten, log_commits, FIELD_INT64),
};
const field_table forgotten_fields = FIELD_TABLE(forgotten_array);

static const field step_array[] = {
    FIELD(pqa_step, name, FIELD_TEXT),
    FIELD(pqa_step, status, FIELD_STATUS),
    FIELD(pqa_step, was_left_out, FIELD_BOOL),
    FIELD(pqa_step, days, FIELD_INT64),
    FIELD(pqa_step, days_failed, FIELD_INT64),
    FIELD(pqa_step, rows, FIELD_INT64),
    FIELD(pqa_step, bytes, FIELD_UINT64),
    FIELD(pqa_step, duration_us, FIELD_INT64),
};
const field_table step_fields = FIELD_TABLE(step_array);

static const field night_array[] = {
    FIELD(pqa_night, started_ms, FIELD_INT64),
    FIELD(pqa_night, duration_us, FIELD_INT64),
    FIELD(pqa_night, exit_code, FIELD_INT),
    FIELD(pqa_night, step_count, FIELD_INT),
    FIELD(pqa_night, message, FIELD_CHARS),
    FIELD(pqa_night, warning, FIELD_CHARS),
    FIELD(pqa_night, copies, FIELD_INT64),
    FIELD(pqa_night, copies_failed, FIELD_INT64),
};
const field_table night_fields = FIELD_TABLE(night_array);

