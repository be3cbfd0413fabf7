/* Names of the demo's projects, versions and pages. */
#ifndef CLI_DEMO_WORDS_H
#define CLI_DEMO_WORDS_H

#include <stddef.h>

enum { DEMO_NAME_BYTES = 128, DEMO_VERSIONS = 7, DEMO_PROBES = 6 };

/* "latest", "stable", then numbers, newest first. */
extern const char *const demo_versions[DEMO_VERSIONS];
/* What visitors ask any site for, outside of every version. */
extern const char *const demo_probes[DEMO_PROBES];

/* Each writes a name that differs for every number (project < 120, page < 200). */
void demo_project_name(int project, char name[DEMO_NAME_BYTES]);
void demo_page_path(int project, int page, char path[DEMO_NAME_BYTES]);
/* A page that links still lead to and that is gone. */
void demo_missing_path(int project, int page, char path[DEMO_NAME_BYTES]);

#endif
