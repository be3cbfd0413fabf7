/* The connection: opened, asked and interrupted without ever blocking in libpq. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "source/postgres.h"

enum { LOOK_EVERY_MS = 100 };

/* --- Errors --- */

/* SQLSTATEs, or the classes that begin them, that a caller acts on. */
static const struct {
    const char *state;
    pqt_status status;
} states[] = {
    {"42501", PQT_DENIED},    {"28", PQT_DENIED},       {"42P01", PQT_NOT_FOUND},
    {"42703", PQT_NOT_FOUND}, {"3D000", PQT_NOT_FOUND}, {"3F000", PQT_NOT_FOUND},
    {"40", PQT_TIMEOUT},      {"53", PQT_TIMEOUT},      {"55P03", PQT_TIMEOUT},
    {"57", PQT_TIMEOUT},      {"08", PQT_TIMEOUT},      {"22", PQT_INVALID},
};

static pqt_status status_of_state(const char *state)
{
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return states[i].status;
    return PQT_IO;
}

/* Before there is a session libpq has only words. */
static pqt_status status_of_words(const char *words)
{
    static const struct {
        const char *part;
        pqt_status status;
    } known[] = {
        {"authentication failed", PQT_DENIED},
        {"no pg_hba.conf entry", PQT_DENIED},
        {"no password supplied", PQT_DENIED},
        {"permission denied", PQT_DENIED},
        {"does not exist", PQT_NOT_FOUND},
        {"Temporary failure in name resolution", PQT_TIMEOUT},
        {"could not translate host", PQT_NOT_FOUND},
        {"Is the server running", PQT_TIMEOUT},
        {"No route to host", PQT_TIMEOUT},
        {"Network is unreachable", PQT_TIMEOUT},
        {"starting up", PQT_TIMEOUT},
        {"shutting down", PQT_TIMEOUT},
        {"too many c", PQT_TIMEOUT}, /* clients, connections */
        {"connection slots", PQT_TIMEOUT},
        {"timeout expired", PQT_TIMEOUT},
        {"closed the connection", PQT_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(words, known[i].part)) return known[i].status;
    return PQT_IO;
}

pqt_status postgres_error(const struct postgres *pg, const PGresult *result,
                          pqt_error *error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *words = result ? PQresultErrorMessage(result) : "";
    if (*words == 0) words = PQerrorMessage(pg->connection);
    const pqt_status status = state ? status_of_state(state) : status_of_words(words);
    size_t length = strlen(words);
    while (length && strchr("\n ", words[length - 1])) length--;
    return error_set(error, status, "%.*s", (int)length, words);
}

/* --- Waiting --- */

/* Waits until the server has sent something, or the caller wants to stop. */
static pqt_status wait_for_server(const struct postgres *pg, pqt_error *error)
{
    struct pollfd socket = {.fd = PQsocket(pg->connection), .events = POLLIN};
    for (;;) {
        TRY(progress_check(pg->progress, error));
        const int ready = poll(&socket, 1, LOOK_EVERY_MS);
        if (ready > 0) break; /* a signal that ends the wait is looked at above */
    }
    if (PQconsumeInput(pg->connection)) return PQT_OK;
    return postgres_error(pg, NULL, error);
}

void postgres_abandon(struct postgres *pg)
{
    char message[256], *piece = NULL;
    PGcancel *cancel = PQgetCancel(pg->connection);
    if (cancel) PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
    while (PQgetCopyData(pg->connection, &piece, 0) > 0) PQfreemem(piece);
    PGresult *result;
    while ((result = PQgetResult(pg->connection))) {
        const bool copies = PQresultStatus(result) == PGRES_COPY_OUT;
        PQclear(result);
        while (copies && PQgetCopyData(pg->connection, &piece, 0) > 0) PQfreemem(piece);
    }
}

/* The next result, or NULL behind the last. */
static pqt_status next_result(const struct postgres *pg, PGresult **out, pqt_error *error)
{
    while (PQisBusy(pg->connection)) TRY(wait_for_server(pg, error));
    *out = PQgetResult(pg->connection);
    return PQT_OK;
}

pqt_status postgres_finish(struct postgres *pg, PGresult **out, pqt_error *error)
{
    PGresult *last = NULL, *result = NULL;
    for (;;) {
        const pqt_status status = next_result(pg, &result, error);
        if (status != PQT_OK) {
            PQclear(last);
            return status;
        }
        if (!result) break;
        PQclear(last);
        last = result;
        const ExecStatusType kind = PQresultStatus(result);
        if (kind == PGRES_COPY_OUT || kind == PGRES_COPY_IN ||
            PQstatus(pg->connection) == CONNECTION_BAD)
            break;
    }
    if (!last) return postgres_error(pg, NULL, error);
    *out = last;
    return PQT_OK;
}

/* Sends, waits, and abandons the query where the caller wants to stop. */
static pqt_status execute(struct postgres *pg, const char *sql, const char *parameter,
                          PGresult **out, pqt_error *error)
{
    const int sent = parameter ? PQsendQueryParams(pg->connection, sql, 1, NULL,
                                                   &parameter, NULL, NULL, 0)
                               : PQsendQuery(pg->connection, sql);
    if (!sent) return postgres_error(pg, NULL, error);
    const pqt_status status = postgres_finish(pg, out, error);
    if (status == PQT_CANCELLED) postgres_abandon(pg);
    return status;
}

/* --- Asking --- */

pqt_status postgres_expect(struct postgres *pg, const char *sql, const char *parameter,
                           ExecStatusType expected, PGresult **out, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(execute(pg, sql, parameter, &result, error));
    if (PQresultStatus(result) == expected) {
        *out = result;
        return PQT_OK;
    }
    const pqt_status status = postgres_error(pg, result, error);
    PQclear(result);
    return status;
}

pqt_status postgres_query(struct postgres *pg, const char *sql, const char *parameter,
                          PGresult **out, pqt_error *error)
{
    return postgres_expect(pg, sql, parameter, PGRES_TUPLES_OK, out, error);
}

pqt_status postgres_run(struct postgres *pg, const char *sql, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_expect(pg, sql, NULL, PGRES_COMMAND_OK, &result, error));
    PQclear(result);
    return PQT_OK;
}

pqt_status postgres_copy_piece(struct postgres *pg, char **piece, int *size,
                               pqt_error *error)
{
    while ((*size = PQgetCopyData(pg->connection, piece, 1)) == 0)
        TRY(wait_for_server(pg, error));
    return *size == -2 ? postgres_error(pg, NULL, error) : PQT_OK;
}

/* --- Opening --- */

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val ? options->val : "";
    return "";
}

/* A password with an '@', '/' or ':' that is not escaped ends in the wrong part, and the
 * messages about that part would tell it. */
static bool is_split_wrongly(const PQconninfoOption *options)
{
    const char *port = value_of(options, "port");
    return strchr(value_of(options, "host"), '@') ||
           strchr(value_of(options, "dbname"), '@') ||
           port[strspn(port, "0123456789,")] != 0;
}

/* libpq's own words quote the URL, with the password in it. */
static pqt_status check_url(const char *url, pqt_error *error)
{
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &words);
    const bool is_bad = !options || is_split_wrongly(options);
    PQfreemem(words);
    PQconninfoFree(options);
    if (!is_bad) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "its URL cannot be read (it is not shown, for its password); "
                     "expected postgresql://user:password@host:port/database, where in "
                     "the password @ is written %%40, / %%2F, : %%3A and %% %%25");
}

/* Notices (a table that is not there yet, say) must not reach stderr. */
static void ignore_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

pqt_status postgres_connect(struct postgres *pg, const char *url, pqt_error *error)
{
    /* What comes before the URL holds where the URL says nothing else. */
    static const char *const keywords[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",
        "fallback_application_name", "client_encoding",  NULL};
    /* A server that vanished is noticed within three minutes. */
    const char *const values[] = {"30", "60",  "15",   "8", "180000",
                                  url,  "pqa", "UTF8", NULL};
    TRY(check_url(url, error));
    pg->connection = PQconnectdbParams(keywords, values, 1);
    if (!pg->connection) return error_no_memory(error, 1);
    if (PQstatus(pg->connection) != CONNECTION_OK) return postgres_error(pg, NULL, error);
    PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    return postgres_run(pg,
                        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; "
                        "SET statement_timeout = 0; SET client_encoding = 'UTF8'; "
                        "SET idle_in_transaction_session_timeout = 0; "
                        /* rows hidden by a policy are an error, not an absence */
                        "SET row_security = off",
                        error);
}
