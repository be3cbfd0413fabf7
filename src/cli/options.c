#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/error.h"
#include "cli/suggest.h"

void options_init(struct options *o, int32_t today)
{
    *o = (struct options){.today = today, .groups = UINT64_MAX};
}

void options_free(struct options *o)
{
    arena_free(&o->memory);
}

static bool same_name(const char *name, const char *typed, size_t length)
{
    if (strlen(name) != length) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = typed[i] == '_' ? '-' : typed[i];
        if (name[i] != c) return false;
    }
    return true;
}

int option_find(const char *name, size_t length)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (same_name(options_table[i].name, name, length)) return i;
    return -1;
}

static pqt_status store_flag(const char *text, bool *out, const char *where,
                             pqt_error *error)
{
    static const char *const words[] = {"false", "true", "no", "yes",
                                        "off",   "on",   "0",  "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        *out = i % 2 == 1;
        return PQT_OK;
    }
    return error_set(error, PQT_INVALID, "%s: '%.40s' is neither true nor false", where,
                     text);
}

static pqt_status parse_number(const char *text, char **end, int64_t *out)
{
    const bool starts = (*text >= '0' && *text <= '9') ||
                        (*text == '-' && text[1] >= '0' && text[1] <= '9');
    errno = 0;
    *out = starts ? strtoll(text, end, 10) : 0;
    return starts && errno == 0 ? PQT_OK : PQT_INVALID;
}

static pqt_status store_number(const option *definition, const char *text, int64_t *out,
                               const char *where, pqt_error *error)
{
    char *end = NULL;
    int64_t value;
    if (parse_number(text, &end, &value) != PQT_OK || *end ||
        value < definition->minimum || value > definition->maximum)
        return error_set(
            error, PQT_INVALID, "%s: '%.40s' is not a whole number from %lld to %lld",
            where, text, (long long)definition->minimum, (long long)definition->maximum);
    *out = value;
    return PQT_OK;
}

/* A number with K, M, G or T (1024 each, B or iB behind it allowed) or plain bytes. */
static pqt_status store_size(const option *definition, const char *text, int64_t *out,
                             const char *where, pqt_error *error)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    int64_t value = 0;
    bool good = parse_number(text, &end, &value) == PQT_OK;
    const char *const unit = good && *end ? strchr(units, *end) : NULL;
    if (unit) {
        const int shift = 10 * (int)(unit - units + 1);
        good = value >= 0 && value <= (INT64_MAX >> shift);
        value = good ? value << shift : 0;
        end++;
        if (strcmp(end, "B") == 0 || strcmp(end, "iB") == 0) end += strlen(end);
    }
    const bool in_mib = definition->minimum >= 1 << 20;
    if (!good || *end || value < definition->minimum || value > definition->maximum)
        return error_set(error, PQT_INVALID,
                         "%s: '%.40s' is not a size from %lld %s on, as 64M or 1G", where,
                         text, (long long)definition->minimum >> (in_mib ? 20 : 10),
                         in_mib ? "MiB" : "KiB");
    *out = value;
    return PQT_OK;
}

static pqt_status store_status(const char *text, int64_t *out, const char *where,
                               pqt_error *error)
{
    char *end = NULL;
    int64_t value = STATUS_ANY;
    const bool any = strcmp(text, "any") == 0;
    if (!any &&
        (parse_number(text, &end, &value) != PQT_OK || *end || value < 1 || value > 999))
        return error_set(error, PQT_INVALID,
                         "%s: '%.40s' is not an HTTP status (as 200 or 404) or any",
                         where, text);
    *out = value;
    return PQT_OK;
}

static pqt_status store_choice(const option *definition, const char *text, int *out,
                               const char *where, pqt_error *error)
{
    char words[64];
    snprintf(words, sizeof words, "%s", definition->choices);
    const char *nearest = NULL;
    char *rest = NULL;
    int index = 0;
    for (char *word = strtok_r(words, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest), index++) {
        if (strcmp(word, text) == 0) {
            *out = index;
            return PQT_OK;
        }
        nearest = suggest_nearer(text, nearest, word);
    }
    return error_set(error, PQT_INVALID, "%s: '%.40s' is none of: %s%s%s%s", where, text,
                     definition->choices, nearest ? "; did you mean " : "",
                     nearest ? nearest : "", nearest ? "?" : "");
}

static pqt_status store_text(const char *text, const char **out, const char *where,
                             pqt_error *error)
{
    if (!*text) return error_set(error, PQT_INVALID, "%s: the value is empty", where);
    *out = text;
    return PQT_OK;
}

/* Appends; the array is made anew in `memory`, for there are few. */
static pqt_status store_texts(const char *text, text_list *out, arena *memory,
                              const char *where, pqt_error *error)
{
    const char **const texts = arena_alloc(memory, (size_t)out->count + 1, sizeof *texts);
    if (!texts) return error_no_memory(error, sizeof *texts);
    if (out->count) memcpy(texts, out->texts, (size_t)out->count * sizeof *texts);
    TRY(store_text(text, &texts[out->count], where, error));
    *out = (text_list){texts, out->count + 1};
    return PQT_OK;
}

static pqt_status store_date(const char *text, int32_t today, int32_t *out,
                             const char *where, pqt_error *error)
{
    const pqt_status status = date_parse(text, today, out, error);
    if (status != PQT_OK) error_prefix(error, "%s", where);
    return status;
}

pqt_status option_store(struct options *o, enum option_id id, const char *text,
                        option_origin origin, const char *where, pqt_error *error)
{
    const option *const definition = &options_table[id];
    struct options scratch = {0};
    /* A value that a higher origin hides, or that the command does not take, is checked.
     */
    const bool hidden = origin < o->origins[id] || !(o->groups & definition->groups);
    struct options *const target = hidden ? &scratch : o;
    void *const at = (char *)target + definition->offset;
    pqt_status status = PQT_INTERNAL;
    switch (definition->kind) {
    case KIND_FLAG:
        status = store_flag(text, at, where, error);
        break;
    case KIND_TEXT:
        status = store_text(text, at, where, error);
        break;
    case KIND_TEXTS:
        status = store_texts(text, at, &o->memory, where, error);
        break;
    case KIND_DATE:
        status = store_date(text, o->today, at, where, error);
        break;
    case KIND_NUMBER:
        status = store_number(definition, text, at, where, error);
        break;
    case KIND_SIZE:
        status = store_size(definition, text, at, where, error);
        break;
    case KIND_STATUS:
        status = store_status(text, at, where, error);
        break;
    case KIND_CHOICE:
        status = store_choice(definition, text, at, where, error);
        break;
    }
    if (status == PQT_OK && target == o) o->origins[id] = origin;
    return status;
}

static pqt_status refuse_unknown(const char *typed, pqt_error *error)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    const char *nearest = NULL;
    for (int i = 0; i < OPTION_COUNT; i++)
        nearest = suggest_nearer(name, nearest, options_table[i].name);
    if (!nearest)
        return error_set(error, PQT_INVALID,
                         "there is no option --%s; pqa help lists the commands, pqa help "
                         "COMMAND its options",
                         name);
    return error_set(error, PQT_INVALID, "there is no option --%s; did you mean --%s?",
                     name, nearest);
}

/* One flag at `arguments[*index]`; moves the index past its value where that is the next
 * argument. */
static pqt_status parse_flag(struct options *o, int count, const char *const *arguments,
                             int *index, pqt_error *error)
{
    const char *const name = arguments[*index] + 2;
    const char *const equals = strchr(name, '=');
    const int id = option_find(name, equals ? (size_t)(equals - name) : strlen(name));
    if (id < 0) return refuse_unknown(name, error);
    const option *const definition = &options_table[id];
    char where[64];
    snprintf(where, sizeof where, "--%s", definition->name);
    if (option_given(o, (enum option_id)id) && definition->kind != KIND_TEXTS)
        return error_set(error, PQT_INVALID, "%s is given twice", where);
    const char *value = equals ? equals + 1 : NULL;
    if (!value && definition->kind == KIND_FLAG) value = "true";
    if (!value && *index + 1 >= count)
        return error_set(error, PQT_INVALID, "%s needs a value: %s %s", where, where,
                         definition->argument);
    if (!value) value = arguments[++*index];
    return option_store(o, (enum option_id)id, value, ORIGIN_FLAG, where, error);
}

pqt_status options_parse_flags(struct options *o, int count, const char *const *arguments,
                               parsed_words *out, pqt_error *error)
{
    bool only_words = false;
    for (int i = 0; i < count; i++) {
        const char *const argument = arguments[i];
        const bool is_flag = !only_words && argument[0] == '-' && argument[1] == '-';
        if (!only_words && strcmp(argument, "--") == 0)
            only_words = true;
        else if (!only_words && strcmp(argument, "-h") == 0)
            o->help = true;
        else if (is_flag)
            TRY(parse_flag(o, count, arguments, &i, error));
        else if (!only_words && argument[0] == '-' && argument[1])
            return error_set(
                error, PQT_INVALID,
                "there is no option %.40s; options begin with two dashes, and "
                "-- ends them",
                argument);
        else
            out->words[out->count++] = argument;
    }
    return PQT_OK;
}

/* "PQA_CACHE_SIZE" of cache-size. */
static void write_variable(const option *definition, char name[VARIABLE_TEXT_BYTES])
{
    const char *at = definition->name;
    size_t length = 4;
    memcpy(name, "PQA_", length);
    for (; *at && length + 1 < VARIABLE_TEXT_BYTES; at++, length++)
        name[length] = (char)(*at == '-'                 ? '_'
                              : *at >= 'a' && *at <= 'z' ? *at - 32
                                                         : *at);
    name[length] = 0;
}

bool options_is_misspelt(const char *variable, char meant[VARIABLE_TEXT_BYTES])
{
    char name[VARIABLE_TEXT_BYTES], known[VARIABLE_TEXT_BYTES];
    const size_t length = strcspn(variable, "=");
    int least = length <= 9 ? 2 : 3; /* the prefix counts */
    bool is_near = false;
    if (strncmp(variable, "PQA_", 4) != 0 || length >= sizeof name) return false;
    snprintf(name, sizeof name, "%.*s", (int)length, variable);
    for (int i = 0; i < OPTION_COUNT; i++) {
        write_variable(&options_table[i], known);
        const int distance = suggest_distance(name, known);
        if (distance == 0) return false;
        if (distance >= least) continue;
        least = distance;
        is_near = true;
        snprintf(meant, VARIABLE_TEXT_BYTES, "%s", known);
    }
    return is_near;
}

pqt_status options_parse_environment(struct options *o, pqt_error *error)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (i == OPTION_HELP || i == OPTION_VERSION) continue;
        char name[VARIABLE_TEXT_BYTES];
        write_variable(&options_table[i], name);
        const char *const value = getenv(name);
        if (!value || !*value) continue;
        TRY(option_store(o, (enum option_id)i, value, ORIGIN_ENVIRONMENT, name, error));
    }
    return PQT_OK;
}

static pqa_s3 s3_settings(const struct options *o)
{
    return (pqa_s3){.endpoint = o->s3_endpoint,
                    .region = o->s3_region,
                    .profile = o->s3_profile,
                    .ca_bundle = o->s3_ca_bundle,
                    .kms_key = o->s3_kms_key,
                    .storage_class = o->s3_storage_class,
                    .addressing = (pqa_s3_addressing)o->s3_addressing,
                    .encryption = (pqa_s3_encryption)o->s3_encryption,
                    .connect_s = (int)o->s3_connect_s,
                    .idle_s = (int)o->s3_idle_s,
                    .retry_s = (int)o->s3_retry_s,
                    .multipart_bytes = (uint64_t)o->s3_multipart_bytes};
}

pqa_settings options_settings(const struct options *o)
{
    return (pqa_settings){.store = o->store,
                          .db = o->db,
                          .delete_db = o->delete_db,
                          .s3 = s3_settings(o),
                          .names = o->names,
                          .environment = o->environment,
                          .temporary_directory = o->temporary_directory,
                          .cache_directory = o->cache_directory,
                          .cache_bytes = (uint64_t)o->cache_bytes,
                          .memory_bytes = (size_t)o->memory_bytes,
                          .threads = (int)o->threads,
                          .compression_level = (int)o->compression_level,
                          .portable = o->portable,
                          .adopt_source = o->adopt_source,
                          .escape_invalid_utf8 = o->invalid_utf8 == INVALID_UTF8_ESCAPE};
}

pqa_copy_options options_copies(const struct options *o)
{
    return (pqa_copy_options){.per_project = o->per_project,
                              .per_organization = o->per_organization,
                              .minimum_rows = o->copy_minimum_rows};
}

pqa_delete_options options_deletion(const struct options *o)
{
    return (pqa_delete_options){.dry_run = o->dry_run,
                                .batch_rows = (int32_t)o->delete_batch,
                                .pause_ms = (int32_t)o->delete_pause_ms,
                                .max_replica_lag_s = (int32_t)o->max_replica_lag_s,
                                .lock_timeout_ms = (int32_t)o->lock_timeout_ms,
                                .statement_timeout_ms = (int32_t)o->statement_timeout_ms,
                                .drop_partitions = o->drop_partitions};
}
