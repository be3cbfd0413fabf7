/* What a bucket's own rules do to an archive in it. */
#include <stdio.h>

#include "store/s3.h"
#include "store/s3_xml.h"

enum { ANSWER_LIMIT_BYTES = 1 << 20 };

/* Who is told. */
struct telling {
    s3 *s;
    store_finding_callback callback;
    void *self;
};

static void tell(const struct telling *t, store_finding level, const char *subject,
                 const char *text)
{
    t->callback(t->self, level, subject, text);
}

/* Asks for one of the bucket's settings; `missing` is the code that says it has none.
 * *is_there is false then, and where it may not be read or is not known to the server. */
static bool ask_bucket(const struct telling *t, const char *query, const char *root,
                       const char *missing, buffer *answer)
{
    char text[400];
    pqt_error error = {0};
    s3_request request = {.method = "GET",
                          .query = query,
                          .into = answer,
                          .limit_bytes = ANSWER_LIMIT_BYTES,
                          .root = root};
    const pqt_status status = s3_run(t->s, &request, 1, &error);
    const bool is_known = strcmp(request.problem.code, missing) != 0 &&
                          status != PQT_UNSUPPORTED && request.exchange.status != 404;
    if (status == PQT_DENIED && request.exchange.status > 0)
        snprintf(text, sizeof text, "the bucket's %.*s cannot be read: HTTP %d %s",
                 (int)strcspn(query, "="), query, request.exchange.status,
                 request.problem.code);
    else
        snprintf(text, sizeof text, "%.390s", error.message);
    if (status != PQT_OK && is_known) tell(t, STORE_FINDING_ADVICE, "bucket", text);
    s3_request_free(&request);
    return status == PQT_OK;
}

/* --- Lifecycle --- */

/* One rule, as far as it has been read. */
struct rule {
    char id[64], prefix[256], storage_class[40], expires[40];
    bool is_enabled, is_by_tag, aborts_uploads;
};

struct lifecycle {
    const struct telling *telling;
    struct rule rule;
    bool aborts_uploads;
    bool is_harmful;
};

static void copy_text(char *out, size_t size, pqt_view text)
{
    snprintf(out, size, "%.*s",
             (int)(text.size_bytes < size ? text.size_bytes : size - 1),
             (const char *)text.data);
}

/* Whether the rule's prefix has objects of the store: one begins with the other. */
static bool concerns_store(const struct rule *rule, const s3 *s)
{
    const size_t ours = strlen(s->prefix), theirs = strlen(rule->prefix);
    return strncmp(s->prefix, rule->prefix, ours < theirs ? ours : theirs) == 0;
}

static bool is_frozen(const char *storage_class)
{
    return strcmp(storage_class, "GLACIER") == 0 ||
           strcmp(storage_class, "DEEP_ARCHIVE") == 0;
}

/* Objects of the archive have no tags: a rule by tags does not concern them. */
static void end_rule(struct lifecycle *l)
{
    const struct rule *rule = &l->rule;
    char text[400];
    const bool counts =
        rule->is_enabled && !rule->is_by_tag && concerns_store(rule, l->telling->s);
    if (counts && rule->expires[0]) {
        snprintf(
            text, sizeof text,
            "the lifecycle rule '%s' deletes live objects (%s); exempt the archive's "
            "prefix from it",
            rule->id, rule->expires);
        tell(l->telling, STORE_FINDING_PROBLEM, "lifecycle", text);
        l->is_harmful = true;
    }
    if (counts && is_frozen(rule->storage_class)) {
        snprintf(text, sizeof text,
                 "the lifecycle rule '%s' moves objects to %s, where they cannot be read "
                 "without being restored first",
                 rule->id, rule->storage_class);
        tell(l->telling, STORE_FINDING_PROBLEM, "lifecycle", text);
        l->is_harmful = true;
    }
    l->aborts_uploads |= counts && rule->aborts_uploads;
    l->rule = (struct rule){0};
}

static pqt_status take_lifecycle(void *self, const char *path, pqt_view text,
                                 pqt_error *error)
{
    (void)error;
    struct lifecycle *l = self;
    struct rule *rule = &l->rule;
    static const char start[] = "LifecycleConfiguration/Rule";
    if (strncmp(path, start, sizeof start - 1) != 0) return PQT_OK;
    const char *name = path + sizeof start - 1;
    const char *last = strrchr(path, '/') + 1;
    if (*name == 0) end_rule(l);
    if (strcmp(name, "/ID") == 0) copy_text(rule->id, sizeof rule->id, text);
    if (strcmp(name, "/Status") == 0)
        rule->is_enabled = view_equal(text, view_text("Enabled"));
    if (strcmp(last, "Prefix") == 0) copy_text(rule->prefix, sizeof rule->prefix, text);
    if (strcmp(last, "Tag") == 0) rule->is_by_tag = true;
    if (strcmp(name, "/Transition/StorageClass") == 0)
        copy_text(rule->storage_class, sizeof rule->storage_class, text);
    if (strcmp(name, "/Expiration/Days") == 0)
        snprintf(rule->expires, sizeof rule->expires, "after %.*s days",
                 (int)(text.size_bytes < 12 ? text.size_bytes : 12),
                 (const char *)text.data);
    if (strcmp(name, "/Expiration/Date") == 0)
        snprintf(rule->expires, sizeof rule->expires, "on %.*s",
                 (int)(text.size_bytes < 30 ? text.size_bytes : 30),
                 (const char *)text.data);
    if (strcmp(name, "/AbortIncompleteMultipartUpload") == 0) rule->aborts_uploads = true;
    return PQT_OK;
}

static void look_at_lifecycle(const struct telling *t)
{
    buffer answer = {0};
    struct lifecycle l = {.telling = t};
    const bool has_rules = ask_bucket(t, "lifecycle=", "LifecycleConfiguration",
                                      "NoSuchLifecycleConfiguration", &answer);
    if (has_rules) xml_read(buffer_view(&answer), take_lifecycle, &l, NULL);
    buffer_free(&answer);
    if (has_rules && !l.is_harmful)
        tell(t, STORE_FINDING_OK, "lifecycle", "no rule expires or freezes the archive");
    if (has_rules && !l.aborts_uploads)
        tell(t, STORE_FINDING_ADVICE, "lifecycle",
             "no rule ends uploads that were begun and never finished; "
             "AbortIncompleteMultipartUpload after 7 days does");
}

/* --- Versioning and locks --- */

struct setting {
    const char *path;
    char value[40];
};

static pqt_status take_setting(void *self, const char *path, pqt_view text,
                               pqt_error *error)
{
    (void)error;
    struct setting *setting = self;
    if (strcmp(path, setting->path) == 0)
        copy_text(setting->value, sizeof setting->value, text);
    return PQT_OK;
}

static void look_at_versioning(const struct telling *t)
{
    buffer answer = {0};
    struct setting status = {.path = "VersioningConfiguration/Status"};
    if (ask_bucket(t, "versioning=", "VersioningConfiguration", "NotImplemented",
                   &answer)) {
        xml_read(buffer_view(&answer), take_setting, &status, NULL);
        if (strcmp(status.value, "Enabled") == 0)
            tell(t, STORE_FINDING_OK, "versioning",
                 "on: what is removed by mistake can be had back");
        else
            tell(t, STORE_FINDING_ADVICE, "versioning",
                 "off: with it on, what is removed by mistake can be had back");
    }
    buffer_free(&answer);
}

static void look_at_lock(const struct telling *t)
{
    buffer answer = {0};
    char text[160];
    struct setting mode = {.path = "ObjectLockConfiguration/Rule/DefaultRetention/Mode"};
    if (ask_bucket(t, "object-lock=", "ObjectLockConfiguration",
                   "ObjectLockConfigurationNotFoundError", &answer)) {
        xml_read(buffer_view(&answer), take_setting, &mode, NULL);
        snprintf(text, sizeof text,
                 "objects are locked by default (%s): what is superseded stays until the "
                 "lock ends",
                 mode.value);
        if (mode.value[0]) tell(t, STORE_FINDING_ADVICE, "object lock", text);
    }
    buffer_free(&answer);
}

void s3_diagnose(void *self, store_finding_callback callback, void *callback_self)
{
    const struct telling telling = {self, callback, callback_self};
    look_at_lifecycle(&telling);
    look_at_versioning(&telling);
    look_at_lock(&telling);
}
