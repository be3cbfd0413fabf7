#include "parquet/file_encryption.h"

#include <string.h>

#include "base/buffer.h"
#include "base/view.h"
#include "parquet/schema.h"

enum { UNIQUE_BYTES = 8, PATH_LIMIT_BYTES = 4096 };

static const uint64_t use_limit = UINT64_C(1) << 32;

static pqt_status copy_view(file_encryption *e, pqt_view from, pqt_view *to,
                            pqt_error *error)
{
    *to = (pqt_view){0};
    if (!from.data) return PQT_OK;
    *to = arena_copy(&e->memory, from);
    return to->data ? PQT_OK : error_no_memory(error, from.size_bytes);
}

/* A column without a key of its own (size 0) has the footer's. */
static pqt_status copy_key(file_encryption *e, size_t at, const pqt_key *key,
                           pqt_view metadata, pqt_error *error)
{
    e->keys[at].key = *key;
    if (at == 0 || key->size_bytes != 0) TRY(crypto_check_key(key, error));
    return copy_view(e, metadata, &e->keys[at].metadata, error);
}

static pqt_status copy_keys(file_encryption *e, const pqt_encryption *options,
                            pqt_error *error)
{
    e->key_count = (size_t)options->column_count + 1;
    e->keys = arena_alloc(&e->memory, e->key_count, sizeof *e->keys);
    if (!e->keys) return error_no_memory(error, e->key_count * sizeof *e->keys);
    pqt_status status =
        copy_key(e, 0, &options->footer_key, options->footer_key_metadata, error);
    if (status != PQT_OK) {
        error_prefix(error, "the footer's key");
        return status;
    }
    for (int32_t i = 0; i < options->column_count; i++) {
        const pqt_column_key *column = &options->columns[i];
        status = copy_key(e, (size_t)i + 1, &column->key, column->key_metadata, error);
        if (status == PQT_OK) continue;
        error_prefix(error, "the key of column %s", column->column);
        return status;
    }
    return PQT_OK;
}

/* True where the path is the name, or below it. */
static bool is_below(const char *path, const char *name)
{
    const size_t size = strlen(name);
    return strncmp(path, name, size) == 0 && (path[size] == '\0' || path[size] == '.');
}

/* Gives the key to the leaves that the caller's name stands for. */
static pqt_status assign_key(file_encryption *e, const pqt_schema *schema,
                             const pqt_column_key *column, encryption_key *key,
                             pqt_error *error)
{
    char path[PATH_LIMIT_BYTES];
    bool is_found = false;
    for (int32_t leaf = 0; leaf < schema->column_count; leaf++) {
        schema_path(schema, leaf, path, sizeof path);
        if (!is_below(path, column->column)) continue;
        if (e->columns[leaf])
            return error_set(error, PQT_INVALID, "column %s is given two keys", path);
        e->columns[leaf] = key->key.size_bytes ? key : &e->keys[0];
        is_found = true;
    }
    if (is_found) return PQT_OK;
    return error_set(error, PQT_INVALID, "a key for column %s, which the schema has not",
                     column->column);
}

static pqt_status assign_keys(file_encryption *e, const pqt_encryption *options,
                              const pqt_schema *schema, pqt_error *error)
{
    const size_t count = (size_t)schema->column_count;
    e->columns = arena_alloc(&e->memory, count, sizeof *e->columns);
    if (!e->columns) return error_no_memory(error, count * sizeof *e->columns);
    for (size_t i = 0; options->column_count == 0 && i < count; i++)
        e->columns[i] = &e->keys[0];
    for (int32_t i = 0; i < options->column_count; i++)
        TRY(assign_key(e, schema, &options->columns[i], &e->keys[i + 1], error));
    return PQT_OK;
}

/* The AAD prefix is part of the file's identity also where it is not stored. */
static pqt_status make_identity(file_encryption *e, const pqt_encryption *options,
                                pqt_error *error)
{
    uint8_t unique[UNIQUE_BYTES];
    const pqt_view prefix = options->aad_prefix;
    TRY(crypto_random(unique, sizeof unique, error));
    e->file_aad =
        arena_concatenate(&e->memory, prefix, (pqt_view){unique, sizeof unique});
    if (!e->file_aad.data)
        return error_no_memory(error, prefix.size_bytes + sizeof unique);
    const pqt_view stored = {e->file_aad.data, prefix.size_bytes};
    const bool is_stored = prefix.size_bytes > 0 && !options->omit_aad_prefix;
    e->algorithm = (crypto_algorithm){
        .is_given = true,
        .use_ctr = options->use_ctr,
        .aad_prefix = is_stored ? stored : (pqt_view){0},
        .file_unique = {e->file_aad.data + prefix.size_bytes, sizeof unique},
        .must_supply_prefix = prefix.size_bytes > 0 && options->omit_aad_prefix};
    return PQT_OK;
}

pqt_status file_encryption_init(file_encryption *e, const pqt_encryption *options,
                                const pqt_schema *schema, const pqt_allocator *allocator,
                                pqt_error *error)
{
    *e = (file_encryption){.memory.allocator = allocator,
                           .has_plaintext_footer = options->plaintext_footer};
    TRY(crypto_check_built(error));
    if (options->column_count < 0)
        return error_set(error, PQT_INVALID, "a negative number of column keys");
    TRY(copy_keys(e, options, error));
    TRY(assign_keys(e, options, schema, error));
    return make_identity(e, options, error);
}

void file_encryption_free(file_encryption *e)
{
    if (e->keys) crypto_cleanse(e->keys, e->key_count * sizeof *e->keys);
    crypto_context_free(&e->context);
    arena_free(&e->memory);
    *e = (file_encryption){0};
}

pqt_status file_encryption_chunk(const file_encryption *e, size_t row_group,
                                 int32_t column, crypto_chunk *out, pqt_error *error)
{
    *out = (crypto_chunk){0};
    if (!e || !e->columns[column]) return PQT_OK;
    if (row_group > CRYPTO_ORDINAL_LIMIT || column > CRYPTO_ORDINAL_LIMIT)
        return error_set(error, PQT_LIMIT,
                         "encrypted files have at most %d row groups and columns",
                         CRYPTO_ORDINAL_LIMIT + 1);
    *out = (crypto_chunk){.key = &e->columns[column]->key,
                          .file_aad = e->file_aad,
                          .use_ctr = e->algorithm.use_ctr,
                          .row_group = (uint16_t)row_group,
                          .column = (uint16_t)column};
    return PQT_OK;
}

const encryption_key *file_encryption_own_key(const file_encryption *e, int32_t column)
{
    const encryption_key *key = e->columns[column];
    return key == &e->keys[0] ? NULL : key;
}

bool file_encryption_hides_metadata(const file_encryption *e, int32_t column)
{
    return e && e->columns[column] &&
           (e->has_plaintext_footer || file_encryption_own_key(e, column));
}

static pqt_status count_uses(encryption_key *key, uint64_t modules, pqt_error *error)
{
    key->use_count += modules;
    if (key->use_count <= use_limit) return PQT_OK;
    return error_set(error, PQT_LIMIT,
                     "more than 2^32 modules encrypted with one key: use more keys");
}

pqt_status file_encryption_count(file_encryption *e, int32_t column, uint64_t modules,
                                 pqt_error *error)
{
    return e->columns[column] ? count_uses(e->columns[column], modules, error) : PQT_OK;
}

/* --- Footer --- */

static crypto_seal footer_seal(const file_encryption *e)
{
    const crypto_place place = {.type = CRYPTO_FOOTER};
    return (crypto_seal){.mode = CRYPTO_GCM,
                         .key = &e->keys[0].key,
                         .aad = crypto_aad_of(e->file_aad, place)};
}

static pqt_status sign_footer(file_encryption *e, buffer *tail, size_t footer,
                              pqt_error *error)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    const crypto_seal seal = footer_seal(e);
    const pqt_view text = {tail->data + footer, tail->size_bytes - footer};
    TRY(crypto_sign(&e->context, &seal, text, signature, error));
    return buffer_append(tail, signature, sizeof signature, error);
}

static pqt_status encrypt_footer(file_encryption *e, pqt_view footer, buffer *tail,
                                 pqt_error *error)
{
    const crypto_seal seal = footer_seal(e);
    TRY(crypto_file_metadata_put(&e->algorithm, e->keys[0].metadata, tail, error));
    return crypto_module_append(&e->context, &seal, footer, tail, error);
}

pqt_status file_encryption_end_footer(file_encryption *e, buffer *tail, size_t footer,
                                      pqt_error *error)
{
    TRY(count_uses(&e->keys[0], 1, error));
    if (e->has_plaintext_footer) return sign_footer(e, tail, footer, error);
    buffer plain = {.allocator = tail->allocator};
    pqt_status status =
        buffer_append(&plain, tail->data + footer, tail->size_bytes - footer, error);
    tail->size_bytes = footer;
    if (status == PQT_OK) status = encrypt_footer(e, buffer_view(&plain), tail, error);
    buffer_free(&plain);
    return status;
}
