#include "cli/demo_words.h"

#include <stdio.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

const char *const demo_versions[DEMO_VERSIONS] = {"latest", "stable", "3.2", "3.1",
                                                  "2.7",    "2.0",    "1.4"};

const char *const demo_probes[DEMO_PROBES] = {"/wp-login.php", "/favicon.ico",
                                              "/.env",         "/sitemap.xml.gz",
                                              "/ads.txt",      "/old/index.html"};

static const char *const stems[] = {
    "cedar",  "harbor", "pebble", "lumen",   "quartz",  "maple",   "falcon", "tidal",
    "amber",  "copper", "meadow", "orbit",   "saffron", "juniper", "basalt", "heron",
    "cobalt", "willow", "ember",  "glacier", "marlin",  "thistle", "onyx",   "sparrow"};
static const char *const kinds[] = {"http", "orm", "cli", "queue", "forms"};

static const char *const first_pages[] = {"/index.html",      "/install.html",
                                          "/quickstart.html", "/changelog.html",
                                          "/faq.html",        "/search.html"};
static const char *const sections[] = {"guide", "reference", "api", "howto"};
static const char *const topics[] = {
    "configuration", "authentication", "testing",    "deployment", "logging",
    "caching",       "errors",         "migrations", "plugins",    "performance",
    "security",      "sessions",       "middleware", "templates",  "streaming",
    "timeouts",      "retries",        "pagination", "schemas",    "validation",
    "transactions",  "connections",    "events",     "scheduling", "internationalization",
    "uploads",       "webhooks",       "profiling",  "upgrading",  "contributing",
    "architecture",  "glossary",       "types",      "async",      "threads",
    "signals",       "storage",        "routing",    "rendering",  "metrics",
    "tracing",       "backups",        "encryption", "indexes",    "queries",
    "workers",       "packaging",      "licensing",  "examples"};

void demo_project_name(int project, char name[DEMO_NAME_BYTES])
{
    const int stem = project % COUNT(stems);
    const int kind = (project / COUNT(stems) + stem) % COUNT(kinds);
    snprintf(name, DEMO_NAME_BYTES, "%s-%s", stems[stem], kinds[kind]);
}

/* Projects order the same topics differently; 49 topics and a step prime to that. */
static const char *choose_topic(int project, int number)
{
    return topics[(number * 5 + project * 11) % COUNT(topics)];
}

void demo_page_path(int project, int page, char path[DEMO_NAME_BYTES])
{
    const int rest = page - COUNT(first_pages);
    if (rest < 0)
        snprintf(path, DEMO_NAME_BYTES, "%s", first_pages[page]);
    else
        snprintf(path, DEMO_NAME_BYTES, "/%s/%s.html", sections[rest % COUNT(sections)],
                 choose_topic(project, rest / COUNT(sections)));
}

void demo_missing_path(int project, int page, char path[DEMO_NAME_BYTES])
{
    snprintf(path, DEMO_NAME_BYTES, "/manual/%s.html", choose_topic(project, page));
}
