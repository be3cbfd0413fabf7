#include "parquet/crypto_metadata.h"

enum { GCM_FIELD = 1, GCM_CTR_FIELD = 2 };

/* AesGcmV1 and AesGcmCtrV1 have the same fields. */
static void read_aes(thrift_reader *r, crypto_algorithm *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1)
            out->aad_prefix = thrift_read_binary(r, &s);
        else if (s.id == 2)
            out->file_unique = thrift_read_binary(r, &s);
        else if (s.id == 3)
            out->must_supply_prefix = thrift_read_bool(r, &s);
        else
            thrift_skip(r, &s);
    }
}

void crypto_algorithm_read(thrift_reader *r, const thrift_struct *field,
                           crypto_algorithm *out)
{
    thrift_struct s = {0};
    if (!thrift_is_struct(r, field)) return;
    *out = (crypto_algorithm){0};
    while (thrift_next(r, &s)) {
        if (s.id != GCM_FIELD && s.id != GCM_CTR_FIELD) {
            r->status = error_set(r->error, PQT_UNSUPPORTED,
                                  "encryption algorithm %d; known are 1 (AES_GCM_V1) and "
                                  "2 (AES_GCM_CTR_V1)",
                                  (int)s.id);
            return;
        }
        out->is_given = true;
        out->use_ctr = s.id == GCM_CTR_FIELD;
        if (thrift_is_struct(r, &s)) read_aes(r, out);
    }
}

pqt_status crypto_file_metadata_read(pqt_view bytes, crypto_algorithm *algorithm,
                                     pqt_view *key_metadata, size_t *read_bytes,
                                     pqt_error *error)
{
    thrift_reader r = thrift_reader_of(bytes, error);
    thrift_struct s = {0};
    *algorithm = (crypto_algorithm){0};
    *key_metadata = (pqt_view){0};
    while (thrift_next(&r, &s)) {
        if (s.id == 1)
            crypto_algorithm_read(&r, &s, algorithm);
        else if (s.id == 2)
            *key_metadata = thrift_read_binary(&r, &s);
        else
            thrift_skip(&r, &s);
    }
    TRY(r.status);
    if (!algorithm->is_given)
        return error_set(error, PQT_CORRUPT,
                         "the encrypted footer does not say its algorithm");
    *read_bytes = thrift_position(&r);
    return PQT_OK;
}

static void read_column_key(thrift_reader *r, crypto_column *out)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 2)
            out->key_metadata = thrift_read_binary(r, &s);
        else
            thrift_skip(r, &s);
    }
}

void crypto_column_read(thrift_reader *r, const thrift_struct *field, crypto_column *out)
{
    thrift_struct s = {0};
    if (!thrift_is_struct(r, field)) return;
    while (thrift_next(r, &s)) {
        if (s.id == 2 && thrift_is_struct(r, &s)) {
            out->kind = CRYPTO_COLUMN_KEY;
            read_column_key(r, out);
            continue;
        }
        if (s.id == 1) out->kind = CRYPTO_FOOTER_KEY;
        thrift_skip(r, &s);
    }
    if (out->kind == CRYPTO_NO_KEY) thrift_fail(r, "an encrypted column without a key");
}

void crypto_algorithm_put(thrift_writer *w, int16_t field, const crypto_algorithm *a)
{
    thrift_struct_begin(w, field);
    thrift_struct_begin(w, a->use_ctr ? GCM_CTR_FIELD : GCM_FIELD);
    if (a->aad_prefix.data) thrift_binary(w, 1, a->aad_prefix);
    thrift_binary(w, 2, a->file_unique);
    if (a->must_supply_prefix) thrift_bool(w, 3, true);
    thrift_struct_end(w);
    thrift_struct_end(w);
}

pqt_status crypto_file_metadata_put(const crypto_algorithm *algorithm,
                                    pqt_view key_metadata, buffer *out, pqt_error *error)
{
    thrift_writer w = thrift_begin(out, error);
    crypto_algorithm_put(&w, 1, algorithm);
    if (key_metadata.data) thrift_binary(&w, 2, key_metadata);
    return thrift_end(&w);
}
