#include "delta/log_listing.h"

#include "base/alloc.h"

static const char *name_of(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash ? slash + 1 : key;
}

static pqt_status keep_checkpoint(log_listing *listing, const listed_checkpoint *found,
                                  pqt_error *error)
{
    void *array = listing->checkpoints;
    if (alloc_grow(NULL, &array, &listing->checkpoint_capacity,
                   listing->checkpoint_count + 1, sizeof *listing->checkpoints) != 0)
        return error_no_memory(error, sizeof *listing->checkpoints);
    listing->checkpoints = array;
    listing->checkpoints[listing->checkpoint_count++] = *found;
    return PQT_OK;
}

/* Parts of several tries with different numbers of parts may lie among each other. */
static pqt_status keep_part(log_listing *listing, log_checkpoint part, int64_t modified,
                            pqt_error *error)
{
    if (listing->part_count > 0 && listing->parts[0].version != part.version)
        listing->part_count = 0;
    void *array = listing->parts;
    if (alloc_grow(NULL, &array, &listing->part_capacity, listing->part_count + 1,
                   sizeof *listing->parts) != 0)
        return error_no_memory(error, sizeof *listing->parts);
    listing->parts = array;
    listing->parts[listing->part_count++] = part;
    int32_t there = 0;
    for (size_t i = 0; i < listing->part_count; i++)
        there += listing->parts[i].parts == part.parts;
    if (there < part.parts) return PQT_OK;
    const listed_checkpoint whole = {part.version, part.parts, modified};
    return keep_checkpoint(listing, &whole, error);
}

static pqt_status see_checkpoint(log_listing *listing, log_checkpoint found,
                                 int64_t modified, pqt_error *error)
{
    if (found.part < 0) {
        listing->v2_version = found.version;
        return PQT_OK;
    }
    if (found.parts > 0) return keep_part(listing, found, modified, error);
    const listed_checkpoint whole = {found.version, 0, modified};
    return keep_checkpoint(listing, &whole, error);
}

static pqt_status see_entry(void *self, const store_entry *entry, pqt_error *error)
{
    log_listing *listing = self;
    const char *name = name_of(entry->key);
    int64_t version;
    log_checkpoint checkpoint;
    if (log_file_version(name, &version)) {
        if (listing->last_commit < 0) listing->first_commit = version;
        listing->last_commit = version;
    } else if (log_checkpoint_name(name, &checkpoint)) {
        TRY(see_checkpoint(listing, checkpoint, entry->modified_ms, error));
    }
    if (++listing->seen != listing->limit) return PQT_OK;
    listing->has_more = true;
    return PQT_CANCELLED;
}

/* The key behind which the files of version `from` are, as names are ordered. */
static pqt_status make_start(const char *root, int64_t from, buffer *out,
                             pqt_error *error)
{
    return from > 0 ? log_file_key(root, from - 1, out, error) : PQT_OK;
}

pqt_status log_listing_read(store *s, const char *root, int64_t from, size_t limit,
                            log_listing *out, pqt_error *error)
{
    buffer prefix = {0}, start = {0};
    log_listing listing = {.first_commit = -1,
                           .last_commit = -1,
                           .v2_version = -1,
                           .is_partial = from > 0,
                           .limit = limit};
    pqt_status status = log_file_prefix(root, &prefix, error);
    if (status == PQT_OK) status = make_start(root, from, &start, error);
    if (status == PQT_OK)
        status = store_list(s, (char *)prefix.data, (char *)start.data, see_entry,
                            &listing, error);
    if (listing.has_more) status = PQT_OK;
    buffer_free(&prefix);
    buffer_free(&start);
    if (status == PQT_OK)
        *out = listing;
    else
        log_listing_free(&listing);
    return status;
}

void log_listing_free(log_listing *listing)
{
    alloc_release(NULL, listing->checkpoints);
    alloc_release(NULL, listing->parts);
    *listing = (log_listing){0};
}
