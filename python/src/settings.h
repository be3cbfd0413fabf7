/* The library's options, and what it tells, by the names of their members. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "fields.h"

/* Options that point at others, with those. */
typedef struct exporting {
    pqa_export_options options;
    pqa_copy_options copies;
} exporting;
typedef struct deleting {
    pqa_delete_options options;
    pqa_copy_options copies;
} deleting;
typedef struct nighting {
    pqa_nightly_options options;
    pqa_copy_options copies;
} nighting;
typedef struct shadowing {
    pqa_query query;
    pqa_shadow_options options;
    int question; /* a pqa_question */
} shadowing;

/* What an evidence file tells, and whether it is enough. */
typedef struct shadow_verdict {
    pqa_shadow_sum sum;
    bool is_ready;
    char message[PQA_SHADOW_MESSAGE];
} shadow_verdict;

typedef struct sampling {
    int32_t count, since, until;
    pqa_shadow_options options;
} sampling;
/* What shadowing at random tells of. */
typedef struct shadowed_project {
    pqa_shadowed compared;
    const char *project;
} shadowed_project;

extern const field_table sample_fields, shadowed_project_fields, duckdb_fields;
extern const field_table copies_fields, copy_fields, shadow_fields, shadowed_fields,
    shadow_verdict_fields;
extern const field_table settings_fields, query_fields, export_fields, delete_fields,
    verify_fields, prune_fields, compact_fields, restore_fields, import_fields, imported_fields, forget_fields,
    nightly_fields, status_fields;
extern const field_table day_fields, deleted_day_fields, verified_fields, pruned_fields,
    vacuumed_fields, vacuum_sum_fields, compacted_fields, restored_fields,
    forgotten_fields, step_fields, night_fields;

#endif
