/* Listing by pages (ListObjectsV2). What a page says is checked: keys in order, below the
 * prefix, and that there is an end. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "store/iso_time.h"
#include "store/s3.h"
#include "store/s3_xml.h"
#include "store/uri_text.h"

enum { PAGE_LIMIT_BYTES = 32 << 20 };

/* One object of a page; the key is an offset into the page's texts. */
struct listed {
    size_t key;
    size_t etag; /* as the key */
    uint64_t size_bytes;
    int64_t modified_ms;
    bool has_etag;
};

struct page {
    buffer texts; /* keys, each with a NUL */
    struct listed *entries;
    size_t count, capacity;
    struct listed current;
    bool has_key, has_size;
    bool is_url_encoded;
    bool has_end; /* IsTruncated was there */
    bool is_truncated;
    buffer token; /* of the next page, with a NUL; empty: none */
};

static void free_page(struct page *page)
{
    buffer_free(&page->texts);
    buffer_free(&page->token);
    alloc_release(NULL, page->entries);
}

/* --- Reading a page --- */

static pqt_status add_text(buffer *out, pqt_view text, pqt_error *error)
{
    TRY(buffer_append(out, text.data, text.size_bytes, error));
    return buffer_append_u8(out, 0, error);
}

static bool parse_size(pqt_view text, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        const uint8_t c = text.data[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(c - '0'), &value))
            return false;
    }
    *out = value;
    return text.size_bytes > 0;
}

static pqt_status end_entry(struct page *page, pqt_error *error)
{
    if (!page->has_key || !page->has_size)
        return error_set(error, PQT_CORRUPT, "an object without a key or size is listed");
    void *array = page->entries;
    if (alloc_grow(NULL, &array, &page->capacity, page->count + 1,
                   sizeof *page->entries) != 0)
        return error_no_memory(error, sizeof *page->entries);
    page->entries = array;
    page->entries[page->count++] = page->current;
    page->current = (struct listed){0};
    page->has_key = page->has_size = false;
    return PQT_OK;
}

static pqt_status take_key(struct page *page, pqt_view text, pqt_error *error)
{
    page->current.key = page->texts.size_bytes;
    page->has_key = true;
    return add_text(&page->texts, text, error);
}

static pqt_status take_etag(struct page *page, pqt_view text, pqt_error *error)
{
    page->current.has_etag = text.size_bytes > 0;
    page->current.etag = page->texts.size_bytes;
    return add_text(&page->texts, text, error);
}

static pqt_status take_text(void *self, const char *path, pqt_view text, pqt_error *error)
{
    struct page *page = self;
    if (strncmp(path, "ListBucketResult/", 17) != 0) return PQT_OK;
    const char *name = path + 17;
    if (strcmp(name, "Contents") == 0) return end_entry(page, error);
    if (strcmp(name, "Contents/Key") == 0) return take_key(page, text, error);
    if (strcmp(name, "Contents/ETag") == 0) return take_etag(page, text, error);
    if (strcmp(name, "Contents/Size") == 0)
        page->has_size = parse_size(text, &page->current.size_bytes);
    if (strcmp(name, "Contents/LastModified") == 0)
        iso_time_parse(text, &page->current.modified_ms);
    if (strcmp(name, "EncodingType") == 0)
        page->is_url_encoded = view_equal(text, view_text("url"));
    if (strcmp(name, "IsTruncated") == 0) {
        page->has_end = true;
        page->is_truncated = view_equal(text, view_text("true"));
    }
    if (strcmp(name, "NextContinuationToken") == 0 && text.size_bytes) {
        buffer_clear(&page->token);
        return add_text(&page->token, text, error);
    }
    return PQT_OK;
}

/* --- Asking for it --- */

static pqt_status append_parameter(buffer *query, const char *name, const char *value,
                                   pqt_error *error)
{
    if (!*value) return PQT_OK;
    TRY(buffer_printf(query, error, "&%s=", name));
    return uri_encode(query, view_text(value), false, error);
}

/* By the parameters' names in order, as the signature wants them. */
static pqt_status make_query(const char *token, const char *prefix,
                             const char *start_after, buffer *query, pqt_error *error)
{
    buffer_clear(query);
    if (*token) {
        TRY(buffer_append_text(query, "continuation-token=", error));
        TRY(uri_encode(query, view_text(token), false, error));
        TRY(buffer_append_u8(query, '&', error));
    }
    TRY(buffer_append_text(query, "encoding-type=url&list-type=2", error));
    TRY(append_parameter(query, "prefix", prefix, error));
    if (!*token) TRY(append_parameter(query, "start-after", start_after, error));
    return buffer_append_u8(query, 0, error);
}

static pqt_status read_page(s3 *s, const char *query, struct page *page, pqt_error *error)
{
    buffer text = {0};
    s3_request request = {.method = "GET",
                          .query = query,
                          .into = &text,
                          .limit_bytes = PAGE_LIMIT_BYTES,
                          .root = "ListBucketResult"};
    pqt_status status = s3_run(s, &request, 1, error);
    if (status == PQT_OK) {
        status = xml_read(buffer_view(&text), take_text, page, error);
        if (status == PQT_OK && !page->has_end)
            status =
                error_set(error, PQT_CORRUPT, "the list does not say whether it ends");
        if (status == PQT_OK && page->is_truncated && page->token.size_bytes == 0)
            status =
                error_set(error, PQT_CORRUPT, "the list goes on, but does not say where");
        if (status != PQT_OK) error_prefix(error, "s3://%s: listing", s->bucket);
    }
    s3_request_free(&request);
    buffer_free(&text);
    return status;
}

/* --- All pages --- */

struct listing {
    s3 *s;
    buffer prefix;      /* with the store's before it */
    buffer start_after; /* so too; "" for the first */
    buffer last;        /* the key before, without the store's prefix */
    bool has_last;
    buffer key;     /* decoded */
    size_t skipped; /* the length of the store's prefix and its '/' */
    bool wants_own;
    store_list_callback callback;
    void *self;
};

/* The lease and the probe are the store's own. */
static bool is_own_name(const char *key)
{
    return strncmp(key, ".pqa-", 5) == 0;
}

static pqt_status refuse_key(const struct listing *l, const char *why, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "s3://%s: listing: the key '%.200s' %s",
                     l->s->bucket, (const char *)l->key.data, why);
}

static pqt_status decode_key(struct listing *l, const struct page *page,
                             const struct listed *entry, pqt_error *error)
{
    const char *text = (const char *)page->texts.data + entry->key;
    buffer_clear(&l->key);
    if (page->is_url_encoded)
        TRY(uri_decode(&l->key, view_text(text), true, error));
    else
        TRY(buffer_append_text(&l->key, text, error));
    return buffer_append_u8(&l->key, 0, error);
}

static pqt_status report_entry(struct listing *l, const struct page *page,
                               const struct listed *entry, pqt_error *error)
{
    TRY(decode_key(l, page, entry, error));
    const char *full = (const char *)l->key.data;
    if (strncmp(full, (const char *)l->prefix.data, strlen((char *)l->prefix.data)) != 0)
        return refuse_key(l, "does not begin with the prefix that was asked for", error);
    const char *key = full + l->skipped;
    if (l->has_last && strcmp(key, (const char *)l->last.data) <= 0)
        return refuse_key(
            l, "is not in order; a store whose lists are not is not supported", error);
    buffer_clear(&l->last);
    TRY(buffer_append_text(&l->last, key, error));
    TRY(buffer_append_u8(&l->last, 0, error));
    l->has_last = true;
    const char *after = (const char *)l->start_after.data;
    if ((*after && strcmp(full, after) <= 0) || is_own_name(key) != l->wants_own)
        return PQT_OK;
    const size_t length = strlen(key);
    if (length == 0 || key[length - 1] == '/') return PQT_OK; /* a folder's mark */
    const char *etag =
        entry->has_etag ? (const char *)page->texts.data + entry->etag : NULL;
    const store_entry found = {key, entry->size_bytes, entry->modified_ms, etag};
    return l->callback(l->self, &found, error);
}

static pqt_status list_pages(struct listing *l, buffer *token, buffer *query,
                             pqt_error *error)
{
    pqt_status status = PQT_OK;
    bool goes_on = true;
    while (goes_on && status == PQT_OK) {
        struct page page = {0};
        TRY(make_query((const char *)token->data, (const char *)l->prefix.data,
                       (const char *)l->start_after.data, query, error));
        status = read_page(l->s, (const char *)query->data, &page, error);
        for (size_t i = 0; i < page.count && status == PQT_OK; i++)
            status = report_entry(l, &page, &page.entries[i], error);
        goes_on = page.is_truncated;
        if (status == PQT_OK && goes_on &&
            strcmp((char *)token->data, (char *)page.token.data) == 0)
            status =
                error_set(error, PQT_CORRUPT,
                          "s3://%s: listing: the same page comes again", l->s->bucket);
        buffer_clear(token);
        if (status == PQT_OK && goes_on)
            status = buffer_append(token, page.token.data, page.token.size_bytes, error);
        free_page(&page);
    }
    return status;
}

static pqt_status begin_listing(struct listing *l, const char *prefix,
                                const char *start_after, buffer *token, pqt_error *error)
{
    TRY(s3_full_key(l->s, prefix, &l->prefix, error));
    if (start_after)
        TRY(s3_full_key(l->s, start_after, &l->start_after, error));
    else
        TRY(buffer_append_u8(&l->start_after, 0, error));
    l->skipped = *l->s->prefix ? strlen(l->s->prefix) + 1 : 0;
    return buffer_append_u8(token, 0, error);
}

static pqt_status run_listing(struct listing *l, const char *prefix,
                              const char *start_after, pqt_error *error)
{
    buffer token = {0}, query = {0};
    pqt_status status = begin_listing(l, prefix, start_after, &token, error);
    if (status == PQT_OK) status = list_pages(l, &token, &query, error);
    buffer_free(&l->prefix);
    buffer_free(&l->start_after);
    buffer_free(&l->last);
    buffer_free(&l->key);
    buffer_free(&token);
    buffer_free(&query);
    return status;
}

pqt_status s3_list(void *self, const char *prefix, const char *start_after,
                   store_list_callback callback, void *callback_self, pqt_error *error)
{
    struct listing l = {.s = self, .callback = callback, .self = callback_self};
    return run_listing(&l, prefix, start_after, error);
}

pqt_status s3_list_own(s3 *s, const char *prefix, store_list_callback callback,
                       void *callback_self, pqt_error *error)
{
    struct listing l = {
        .s = s, .wants_own = true, .callback = callback, .self = callback_self};
    return run_listing(&l, prefix, NULL, error);
}
