#include "archive/interner.h"

#include "base/alloc.h"

/* A hash table of numbers: the slot holds a number and a part of its hash. */
struct slot {
    uint32_t number_plus_one; /* 0: empty */
    uint32_t tag;
};

struct slots {
    struct slot *slots;
    size_t count; /* a power of two */
    size_t used;
};

struct interner {
    struct slots path_slots;
    struct slots shape_slots;
    struct slots project_slots;
    struct slots version_slots;
    struct interned_path *paths;
    size_t path_count, path_capacity;
    struct row_shape *shapes;
    size_t shape_count, shape_capacity;
    struct interned_slug *projects;
    size_t project_count, project_capacity;
    struct interned_slug *versions;
    size_t version_count, version_capacity;
    uint32_t last_project, last_version; /* most rows are like the one before */
    arena texts;
};

enum { FIRST_SLOTS = 1024 };

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash ^= more * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ (hash >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ (hash >> 32);
}

/* --- Slots --- */

static pqt_status grow_slots(struct slots *table, pqt_error *error)
{
    const struct slots old = *table;
    const size_t count = old.count ? old.count * 2 : FIRST_SLOTS;
    struct slot *slots = alloc_zeroed(NULL, count, sizeof *slots);
    if (!slots) return error_no_memory(error, count * sizeof *slots);
    *table = (struct slots){slots, count, old.used};
    for (size_t i = 0; i < old.count; i++) {
        if (old.slots[i].number_plus_one == 0) continue;
        size_t at = old.slots[i].tag & (count - 1);
        while (slots[at].number_plus_one) at = (at + 1) & (count - 1);
        slots[at] = old.slots[i];
    }
    alloc_release(NULL, old.slots);
    return PQT_OK;
}

/* The tag is the hash's low half: it places the slot, up to 2^32 of them. */
static pqt_status insert_slot(struct slots *table, uint64_t hash, uint32_t number,
                              pqt_error *error)
{
    if (table->used * 3 >= table->count * 2) TRY(grow_slots(table, error));
    const uint32_t tag = (uint32_t)hash;
    size_t at = tag & (table->count - 1);
    while (table->slots[at].number_plus_one) at = (at + 1) & (table->count - 1);
    table->slots[at] = (struct slot){number + 1, tag};
    table->used++;
    return PQT_OK;
}

/* Walks the slots of a hash: each call gives the next number with that tag. */
struct walk {
    const struct slots *table;
    size_t at;
    uint32_t tag;
};

static struct walk start_walk(const struct slots *table, uint64_t hash)
{
    const uint32_t tag = (uint32_t)hash;
    return (struct walk){table, table->count ? tag & (table->count - 1) : 0, tag};
}

static bool next_match(struct walk *walk, uint32_t *number)
{
    if (walk->table->count == 0) return false;
    for (;;) {
        const struct slot slot = walk->table->slots[walk->at];
        if (slot.number_plus_one == 0) return false;
        walk->at = (walk->at + 1) & (walk->table->count - 1);
        if (slot.tag != walk->tag) continue;
        *number = slot.number_plus_one - 1;
        return true;
    }
}

static pqt_status copy_text(interner *in, pqt_view text, const uint8_t **out,
                            uint32_t *size, pqt_error *error)
{
    if (text.size_bytes > UINT32_MAX)
        return error_set(error, PQT_LIMIT, "a text of %zu bytes; at most 4 GiB are taken",
                         text.size_bytes);
    const pqt_view copy = arena_copy(&in->texts, text);
    if (!copy.data) return error_no_memory(error, text.size_bytes);
    *out = copy.data;
    *size = (uint32_t)text.size_bytes;
    return PQT_OK;
}

/* --- Projects and versions --- */

struct slug_table {
    struct slots *slots;
    struct interned_slug **slugs;
    size_t *count;
    size_t *capacity;
    uint32_t *last;
};

static bool slug_matches(const struct interned_slug *slug,
                         const struct interned_slug *key)
{
    return slug->id == key->id && slug->has_id == key->has_id &&
           slug->has_slug == key->has_slug && view_equal(slug->slug, key->slug);
}

static pqt_status add_slug(interner *in, const struct slug_table *table,
                           const struct interned_slug *key, uint64_t hash, uint32_t *out,
                           pqt_error *error)
{
    void *array = *table->slugs;
    if (alloc_grow(NULL, &array, table->capacity, *table->count + 1,
                   sizeof **table->slugs) != 0)
        return error_no_memory(error, (*table->count + 1) * sizeof **table->slugs);
    *table->slugs = array;
    struct interned_slug kept = *key;
    kept.slug = arena_copy(&in->texts, key->slug);
    if (!kept.slug.data) return error_no_memory(error, key->slug.size_bytes);
    TRY(insert_slot(table->slots, hash, (uint32_t)*table->count, error));
    *out = (uint32_t)*table->count;
    (*table->slugs)[(*table->count)++] = kept;
    return PQT_OK;
}

static pqt_status intern_slug(interner *in, const struct slug_table *table,
                              const struct interned_slug *key, uint32_t *out,
                              pqt_error *error)
{
    const struct interned_slug *last = *table->slugs + *table->last;
    if (*table->count > 0 && slug_matches(last, key)) {
        *out = *table->last;
        return PQT_OK;
    }
    const uint64_t hash = mix((uint64_t)key->has_id << 32 | (uint32_t)key->id, 7);
    struct walk walk = start_walk(table->slots, hash);
    uint32_t number = 0;
    bool found = false;
    while (!found && next_match(&walk, &number))
        found = slug_matches(*table->slugs + number, key);
    if (!found) TRY(add_slug(in, table, key, hash, &number, error));
    *table->last = *out = number;
    return PQT_OK;
}

static pqt_status intern_project(interner *in, const archive_row *row, uint32_t *out,
                                 pqt_error *error)
{
    const struct slug_table table = {&in->project_slots, &in->projects,
                                     &in->project_count, &in->project_capacity,
                                     &in->last_project};
    const struct interned_slug project = {row->project_id, true, true, row->project_slug};
    return intern_slug(in, &table, &project, out, error);
}

static pqt_status intern_version(interner *in, const archive_row *row, uint32_t *out,
                                 pqt_error *error)
{
    const struct slug_table table = {&in->version_slots, &in->versions,
                                     &in->version_count, &in->version_capacity,
                                     &in->last_version};
    const pqt_view slug = row->has_version_slug ? row->version_slug : (pqt_view){0};
    const struct interned_slug version = {row->version_id, row->has_version,
                                          row->has_version_slug, slug};
    return intern_slug(in, &table, &version, out, error);
}

/* --- Keys --- */

/* Which part of the full_path the shape keeps. */
static pqt_view choose_full_path(const archive_row *row, uint8_t *kind)
{
    *kind = FULL_PATH_NULL;
    if (!row->has_full_path) return (pqt_view){0};
    *kind = FULL_PATH_WHOLE;
    if (!view_ends_with(row->full_path, row->path)) return row->full_path;
    *kind = FULL_PATH_PREFIX;
    return view_of(row->full_path.data, row->full_path.size_bytes - row->path.size_bytes);
}

static uint32_t upper_half(int64_t id)
{
    return (uint32_t)((uint64_t)id >> 32);
}

struct row_key interner_key(const archive_row *row, row_origin origin, uint64_t path_hash)
{
    struct row_key key = {.row = row, .origin = origin};
    key.shape_text = choose_full_path(row, &key.full_path);
    key.path_hash = mix(path_hash, (uint32_t)row->project_id);
    const uint64_t version = (uint64_t)row->has_version << 32 | (uint32_t)row->version_id;
    const uint64_t rest =
        (uint64_t)(uint16_t)row->status << 16 | (uint64_t)origin << 8 | key.full_path;
    uint64_t hash = mix((uint32_t)row->project_id, version);
    hash = mix(hash, (uint64_t)upper_half(row->id) << 32 | rest);
    key.shape_hash =
        mix(hash, hash_bytes64(key.shape_text.data, key.shape_text.size_bytes));
    return key;
}

static const struct slot *first_slot(const struct slots *table, uint64_t hash)
{
    return table->count ? &table->slots[(uint32_t)hash & (table->count - 1)] : NULL;
}

void interner_prefetch_slots(const interner *in, const struct row_key *key)
{
    __builtin_prefetch(first_slot(&in->path_slots, key->path_hash));
    __builtin_prefetch(first_slot(&in->shape_slots, key->shape_hash));
}

void interner_prefetch_entries(const interner *in, const struct row_key *key)
{
    const struct slot *path = first_slot(&in->path_slots, key->path_hash);
    const struct slot *shape = first_slot(&in->shape_slots, key->shape_hash);
    if (path && path->number_plus_one)
        __builtin_prefetch(&in->paths[path->number_plus_one - 1]);
    if (shape && shape->number_plus_one)
        __builtin_prefetch(&in->shapes[shape->number_plus_one - 1]);
}

void interner_prefetch_texts(const interner *in, const struct row_key *key)
{
    const struct slot *path = first_slot(&in->path_slots, key->path_hash);
    const struct slot *shape = first_slot(&in->shape_slots, key->shape_hash);
    if (path && path->number_plus_one)
        __builtin_prefetch(in->paths[path->number_plus_one - 1].text);
    if (shape && shape->number_plus_one)
        __builtin_prefetch(in->shapes[shape->number_plus_one - 1].text);
}

/* --- Paths --- */

static bool path_matches(const interner *in, const struct interned_path *path,
                         const archive_row *row)
{
    const struct interned_slug *project = &in->projects[path->project];
    return path->size_bytes == row->path.size_bytes && project->id == row->project_id &&
           view_equal(view_of(path->text, path->size_bytes), row->path) &&
           view_equal(project->slug, row->project_slug);
}

static pqt_status intern_path(interner *in, const struct row_key *key, uint32_t *out,
                              pqt_error *error)
{
    struct walk walk = start_walk(&in->path_slots, key->path_hash);
    while (next_match(&walk, out))
        if (path_matches(in, &in->paths[*out], key->row)) return PQT_OK;
    void *array = in->paths;
    if (alloc_grow(NULL, &array, &in->path_capacity, in->path_count + 1,
                   sizeof *in->paths) != 0)
        return error_no_memory(error, (in->path_count + 1) * sizeof *in->paths);
    in->paths = array;
    struct interned_path path = {0};
    TRY(intern_project(in, key->row, &path.project, error));
    TRY(copy_text(in, key->row->path, &path.text, &path.size_bytes, error));
    TRY(insert_slot(&in->path_slots, key->path_hash, (uint32_t)in->path_count, error));
    *out = (uint32_t)in->path_count;
    in->paths[in->path_count++] = path;
    return PQT_OK;
}

/* --- Shapes --- */

static bool slugs_match(const interner *in, const struct row_shape *shape,
                        const archive_row *row)
{
    if (shape->origin == ORIGIN_DATABASE &&
        shape->project_source == row->project_slug.data &&
        shape->version_source == row->version_slug.data)
        return true;
    const struct interned_slug *version = &in->versions[shape->version];
    return view_equal(in->projects[shape->project].slug, row->project_slug) &&
           version->has_slug == row->has_version_slug &&
           (!version->has_slug || view_equal(version->slug, row->version_slug));
}

static bool shape_matches(const interner *in, const struct row_shape *shape,
                          const struct row_key *key)
{
    const archive_row *row = key->row;
    return shape->project_id == row->project_id && shape->version_id == row->version_id &&
           shape->has_version == row->has_version && shape->status == row->status &&
           shape->origin == key->origin && shape->id_high == upper_half(row->id) &&
           shape->full_path == key->full_path &&
           view_equal(view_of(shape->text, shape->text_bytes), key->shape_text) &&
           slugs_match(in, shape, row);
}

static pqt_status make_shape(interner *in, const struct row_key *key,
                             struct row_shape *out, pqt_error *error)
{
    const archive_row *row = key->row;
    struct row_shape shape = {
        .project_id = row->project_id,
        .version_id = row->version_id,
        .id_high = upper_half(row->id),
        .status = row->status,
        .has_version = row->has_version,
        .origin = (uint8_t)key->origin,
        .full_path = key->full_path,
        .project_source = row->project_slug.data,
        .version_source = row->version_slug.data,
    };
    TRY(intern_project(in, row, &shape.project, error));
    TRY(intern_version(in, row, &shape.version, error));
    TRY(copy_text(in, key->shape_text, &shape.text, &shape.text_bytes, error));
    *out = shape;
    return PQT_OK;
}

static pqt_status intern_shape(interner *in, const struct row_key *key, uint32_t *out,
                               pqt_error *error)
{
    struct walk walk = start_walk(&in->shape_slots, key->shape_hash);
    while (next_match(&walk, out))
        if (shape_matches(in, &in->shapes[*out], key)) return PQT_OK;
    void *array = in->shapes;
    if (alloc_grow(NULL, &array, &in->shape_capacity, in->shape_count + 1,
                   sizeof *in->shapes) != 0)
        return error_no_memory(error, (in->shape_count + 1) * sizeof *in->shapes);
    in->shapes = array;
    struct row_shape shape;
    TRY(make_shape(in, key, &shape, error));
    TRY(insert_slot(&in->shape_slots, key->shape_hash, (uint32_t)in->shape_count, error));
    *out = (uint32_t)in->shape_count;
    in->shapes[in->shape_count++] = shape;
    return PQT_OK;
}

pqt_status interner_add(interner *in, const struct row_key *key, uint32_t *path,
                        uint32_t *shape, pqt_error *error)
{
    TRY(intern_path(in, key, path, error));
    return intern_shape(in, key, shape, error);
}

/* --- The whole --- */

pqt_status interner_create(interner **out, pqt_error *error)
{
    interner *in = alloc_zeroed(NULL, 1, sizeof *in);
    if (!in) return error_no_memory(error, sizeof *in);
    *out = in;
    return PQT_OK;
}

void interner_end_adding(interner *in)
{
    struct slots *const tables[] = {&in->path_slots, &in->shape_slots, &in->project_slots,
                                    &in->version_slots};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        alloc_release(NULL, tables[i]->slots);
        *tables[i] = (struct slots){0};
    }
}

void interner_free(interner *in)
{
    if (!in) return;
    interner_end_adding(in);
    alloc_release(NULL, in->paths);
    alloc_release(NULL, in->shapes);
    alloc_release(NULL, in->projects);
    alloc_release(NULL, in->versions);
    arena_free(&in->texts);
    alloc_release(NULL, in);
}

size_t interner_kept_bytes(const interner *in)
{
    return in->path_count * sizeof *in->paths + in->shape_count * sizeof *in->shapes +
           (in->project_count + in->version_count) * sizeof *in->versions +
           in->texts.allocated_bytes;
}

size_t interner_bytes(const interner *in)
{
    const size_t slots = in->path_slots.count + in->shape_slots.count +
                         in->project_slots.count + in->version_slots.count;
    return slots * sizeof(struct slot) + interner_kept_bytes(in);
}

uint32_t interner_path_count(const interner *in)
{
    return (uint32_t)in->path_count;
}

uint32_t interner_shape_count(const interner *in)
{
    return (uint32_t)in->shape_count;
}

uint32_t interner_project_count(const interner *in)
{
    return (uint32_t)in->project_count;
}

uint32_t interner_version_count(const interner *in)
{
    return (uint32_t)in->version_count;
}

const struct interned_path *interner_path_at(const interner *in, uint32_t path)
{
    return &in->paths[path];
}

const struct row_shape *interner_shape_at(const interner *in, uint32_t shape)
{
    return &in->shapes[shape];
}

const struct interned_slug *interner_project_at(const interner *in, uint32_t project)
{
    return &in->projects[project];
}

const struct interned_slug *interner_version_at(const interner *in, uint32_t version)
{
    return &in->versions[version];
}
