#include "parquet/file_decryption.h"

#include "base/alloc.h"
#include "base/view.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

#define HOW_TO_GIVE_KEYS "keys are given by pqt_reader_options.decryption"

enum { PATH_LIMIT_BYTES = 64 << 10 };

/* --- Keys --- */

/* Asks for a key once. `column` NULL: the footer's. */
static pqt_status ask(const file_decryption *d, const char *column, pqt_view key_metadata,
                      asked_key *out, pqt_error *error)
{
    if (out->is_asked) return PQT_OK;
    out->is_asked = true;
    if (!d->source || !d->source->find_key) return PQT_OK;
    const pqt_status status =
        d->source->find_key(d->source->self, column, key_metadata, &out->key, error);
    if (status == PQT_NOT_FOUND) out->key.size_bytes = 0;
    if (status == PQT_NOT_FOUND || (status == PQT_OK && out->key.size_bytes == 0))
        return PQT_OK;
    if (status == PQT_OK && crypto_check_key(&out->key, error) == PQT_OK) return PQT_OK;
    out->key.size_bytes = 0;
    error_prefix(error, "the key of %s%s", column ? "column " : "the footer",
                 column ? column : "");
    return status != PQT_OK ? status : PQT_INVALID;
}

static pqt_status ask_column(file_decryption *d, const pqt_schema *schema, int32_t column,
                             pqt_view key_metadata, pqt_error *error)
{
    if (!d->column_keys) {
        d->column_keys = alloc_zeroed(d->allocator, (size_t)schema->column_count,
                                      sizeof *d->column_keys);
        if (!d->column_keys)
            return error_no_memory(error,
                                   (size_t)schema->column_count * sizeof *d->column_keys);
        d->column_count = schema->column_count;
    }
    if (d->column_keys[column].is_asked) return PQT_OK;
    char *path = alloc_bytes(d->allocator, PATH_LIMIT_BYTES);
    if (!path) return error_no_memory(error, PATH_LIMIT_BYTES);
    schema_path(schema, column, path, PATH_LIMIT_BYTES);
    const pqt_status status = ask(d, path, key_metadata, &d->column_keys[column], error);
    alloc_release(d->allocator, path);
    return status;
}

/* The key of a chunk, or NULL where there is none. */
static const pqt_key *find_key(const file_decryption *d, crypto_key_kind kind,
                               int32_t column)
{
    const asked_key *asked = kind == CRYPTO_FOOTER_KEY ? &d->footer_key
                             : d->column_keys          ? &d->column_keys[column]
                                                       : NULL;
    return asked && asked->key.size_bytes ? &asked->key : NULL;
}

void file_decryption_end_opening(file_decryption *d)
{
    d->source = NULL;
    crypto_context_free(&d->context);
}

void file_decryption_free(file_decryption *d)
{
    if (d->column_keys)
        crypto_cleanse(d->column_keys, (size_t)d->column_count * sizeof *d->column_keys);
    alloc_release(d->allocator, d->column_keys);
    crypto_cleanse(&d->footer_key, sizeof d->footer_key);
    crypto_context_free(&d->context);
    *d = (file_decryption){0};
}

/* --- AAD --- */

static pqt_status check_algorithm(const file_decryption *d, pqt_error *error)
{
    if (!d->algorithm.use_ctr || !d->source->refuse_ctr) return PQT_OK;
    return error_set(error, PQT_DENIED,
                     "the file says AES_GCM_CTR_V1, which does not authenticate pages: "
                     "pqt_decryption.refuse_ctr");
}

/* The prefix that counts: the file's, or the caller's where the file omits it. */
static pqt_status find_prefix(const file_decryption *d, pqt_view *out, pqt_error *error)
{
    const crypto_algorithm *a = &d->algorithm;
    const pqt_view given = d->source->aad_prefix;
    const pqt_view stored = a->aad_prefix;
    *out = stored.size_bytes ? stored : given;
    if (given.size_bytes == 0 && stored.size_bytes == 0 && a->must_supply_prefix)
        return error_set(error, PQT_DENIED,
                         "the file was encrypted with an AAD prefix that it does not "
                         "store: give it in pqt_decryption.aad_prefix");
    if (given.size_bytes == 0) return PQT_OK;
    if (stored.size_bytes && !view_equal(given, stored))
        return error_set(error, PQT_CORRUPT,
                         "the file's AAD prefix is not the one expected: another file");
    if (stored.size_bytes == 0 && !a->must_supply_prefix)
        return error_set(error, PQT_CORRUPT,
                         "an AAD prefix was given, but the file was encrypted without");
    return PQT_OK;
}

static pqt_status make_aad(file_decryption *d, pqt_error *error)
{
    pqt_view prefix;
    TRY(check_algorithm(d, error));
    TRY(find_prefix(d, &prefix, error));
    d->file_aad = arena_concatenate(d->memory, prefix, d->algorithm.file_unique);
    if (d->file_aad.data) return PQT_OK;
    return error_no_memory(error,
                           prefix.size_bytes + d->algorithm.file_unique.size_bytes);
}

/* --- Footer --- */

static crypto_seal footer_seal(const file_decryption *d)
{
    const crypto_place place = {.type = CRYPTO_FOOTER};
    return (crypto_seal){.mode = CRYPTO_GCM,
                         .key = &d->footer_key.key,
                         .aad = crypto_aad_of(d->file_aad, place)};
}

pqt_status file_decryption_footer(file_decryption *d, pqt_view bytes, pqt_view *plain,
                                  pqt_error *error)
{
    pqt_view key_metadata;
    size_t read_bytes = 0;
    TRY(crypto_check_built(error));
    if (!d->source)
        return error_set(error, PQT_DENIED, "the footer is encrypted: " HOW_TO_GIVE_KEYS);
    TRY(crypto_file_metadata_read(bytes, &d->algorithm, &key_metadata, &read_bytes,
                                  error));
    TRY(make_aad(d, error));
    TRY(ask(d, NULL, key_metadata, &d->footer_key, error));
    if (d->footer_key.key.size_bytes == 0)
        return error_set(error, PQT_DENIED,
                         "the footer is encrypted, and its key was not given");
    const crypto_seal seal = footer_seal(d);
    const pqt_view module = {bytes.data + read_bytes, bytes.size_bytes - read_bytes};
    return crypto_module_take(&d->context, &seal, module, d->memory, plain, error);
}

/* Nonce and tag stand behind the FileMetaData. */
static pqt_status check_signature(file_decryption *d, pqt_view bytes, pqt_error *error)
{
    const size_t signed_bytes = d->footer.thrift_bytes;
    if (bytes.size_bytes != signed_bytes + CRYPTO_SIGNATURE_BYTES)
        return error_set(error, PQT_CORRUPT,
                         "%zu bytes behind the footer; expected its signature of %d",
                         bytes.size_bytes - signed_bytes, CRYPTO_SIGNATURE_BYTES);
    const crypto_seal seal = footer_seal(d);
    const pqt_view text = {bytes.data, signed_bytes};
    const pqt_status status = crypto_check_signature(&d->context, &seal, text,
                                                     bytes.data + signed_bytes, error);
    if (status != PQT_OK) error_prefix(error, "the signature of the footer");
    return status;
}

static pqt_status open_plaintext_footer(file_decryption *d, pqt_view bytes,
                                        pqt_file_metadata *metadata, pqt_error *error)
{
    d->algorithm = d->footer.algorithm;
    if (!d->algorithm.is_given || !d->source) return PQT_OK;
    TRY(crypto_check_built(error));
    TRY(make_aad(d, error));
    TRY(ask(d, NULL, d->footer.key_metadata, &d->footer_key, error));
    if (d->footer_key.key.size_bytes == 0) return PQT_OK;
    TRY(check_signature(d, bytes, error));
    metadata->is_signed = true;
    return PQT_OK;
}

/* --- Columns --- */

static pqt_status find_place(const file_decryption *d, int32_t row_group, int32_t column,
                             crypto_chunk *out, pqt_error *error)
{
    const int32_t said = d->footer.row_groups[row_group].ordinal;
    const int32_t ordinal = said >= 0 ? said : row_group;
    if (ordinal > CRYPTO_ORDINAL_LIMIT || column > CRYPTO_ORDINAL_LIMIT)
        return error_set(error, PQT_LIMIT,
                         "encrypted files have at most %d row groups and columns",
                         CRYPTO_ORDINAL_LIMIT + 1);
    out->row_group = (uint16_t)ordinal;
    out->column = (uint16_t)column;
    out->file_aad = d->file_aad;
    out->use_ctr = d->algorithm.use_ctr;
    return PQT_OK;
}

/* The metadata that a chunk has encrypted replaces what is plain. */
static pqt_status open_chunk(file_decryption *d, const pqt_schema *schema,
                             int32_t row_group, int32_t column, pqt_column_chunk *chunk,
                             pqt_error *error)
{
    const crypto_column *crypto = &d->footer.row_groups[row_group].columns[column];
    crypto_chunk keys = {0};
    pqt_view plain;
    if (crypto->kind == CRYPTO_COLUMN_KEY && d->algorithm.is_given)
        TRY(ask_column(d, schema, column, crypto->key_metadata, error));
    keys.key = find_key(d, crypto->kind, column);
    chunk->is_hidden = keys.key == NULL;
    if (chunk->is_hidden && !crypto->has_metadata)
        chunk->type = schema->nodes[schema->column_nodes[column]].type;
    if (chunk->is_hidden) return PQT_OK;
    if (!crypto->metadata.data && !crypto->has_metadata)
        return error_set(error, PQT_CORRUPT, "a column chunk without metadata");
    if (!crypto->metadata.data) return PQT_OK;
    TRY(find_place(d, row_group, column, &keys, error));
    const crypto_seal seal = crypto_chunk_seal(&keys, CRYPTO_COLUMN_METADATA, 0);
    TRY(crypto_module_take(&d->context, &seal, crypto->metadata, d->memory, &plain,
                           error));
    return metadata_read_column(plain, d->memory, chunk, error);
}

static pqt_status open_row_group(file_decryption *d, const pqt_file_metadata *metadata,
                                 int32_t row_group, pqt_error *error)
{
    const pqt_schema *schema = &metadata->schema;
    const crypto_row_group *crypto = &d->footer.row_groups[row_group];
    /* metadata_read made it, in the arena. */
    pqt_column_chunk *chunks =
        (pqt_column_chunk *)(uintptr_t)metadata->row_groups[row_group].columns;
    for (int32_t c = 0; crypto->columns && c < schema->column_count; c++) {
        if (crypto->columns[c].kind == CRYPTO_NO_KEY) continue;
        const pqt_status status = open_chunk(d, schema, row_group, c, &chunks[c], error);
        if (status == PQT_OK) continue;
        char path[128];
        schema_path(schema, c, path, sizeof path);
        error_prefix(error, "row group %d, column %s", (int)row_group, path);
        return status;
    }
    return PQT_OK;
}

pqt_status file_decryption_columns(file_decryption *d, pqt_view bytes,
                                   pqt_file_metadata *metadata, pqt_error *error)
{
    if (!d->algorithm.is_given) TRY(open_plaintext_footer(d, bytes, metadata, error));
    for (int32_t g = 0; g < metadata->row_group_count; g++)
        TRY(open_row_group(d, metadata, g, error));
    return PQT_OK;
}

pqt_status file_decryption_chunk(const file_decryption *d,
                                 const pqt_file_metadata *metadata, int32_t row_group,
                                 int32_t column, crypto_chunk *out, pqt_error *error)
{
    const pqt_column_chunk *chunk = &metadata->row_groups[row_group].columns[column];
    *out = (crypto_chunk){0};
    if (!chunk->is_encrypted) return PQT_OK;
    const crypto_column *crypto = &d->footer.row_groups[row_group].columns[column];
    out->key = find_key(d, crypto->kind, column);
    if (out->key) return find_place(d, row_group, column, out, error);
    return error_set(error, PQT_DENIED,
                     "encrypted, and its key was not given: " HOW_TO_GIVE_KEYS);
}
