/* The library's options, and what it tells, by the names of their members. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "fields.h"

extern const field_table settings_fields, query_fields, export_fields, delete_fields,
    verify_fields, prune_fields, compact_fields, restore_fields, forget_fields,
    nightly_fields, status_fields;
extern const field_table day_fields, deleted_day_fields, verified_fields, pruned_fields,
    vacuumed_fields, vacuum_sum_fields, compacted_fields, restored_fields,
    forgotten_fields, step_fields, night_fields;

#endif
