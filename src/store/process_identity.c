#include "store/process_identity.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The 22nd field of /proc/PID/stat, counted behind the name's ')'; 0 where there is no
 * such process, -1 where that cannot be told: /proc may hide the processes of others
 * (hidepid), so that only the kernel's answer to a signal counts. */
static long long start_of(long process)
{
    char path[64];
    long long start = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "r");
    if (!file) return kill((pid_t)process, 0) != 0 && errno == ESRCH ? 0 : -1;
    char line[1024];
    const size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = 0;
    const char *at = strrchr(line, ')');
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    if (at) start = strtoll(at + 1, NULL, 10);
    return start;
}

/* "boot/namespace/": the same for processes that can see each other. */
static bool surroundings(char text[IDENTITY_BYTES])
{
    char boot[64] = "", space[48] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!file) return false;
    const bool read = fgets(boot, sizeof boot, file) != NULL;
    fclose(file);
    boot[strcspn(boot, "\n")] = 0;
    const ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    if (!read || length <= 0) return false;
    space[length] = 0;
    snprintf(text, IDENTITY_BYTES, "%s/%s/", boot, space);
    return true;
}

void identity_of_this(char text[IDENTITY_BYTES])
{
    const long process = (long)getpid();
    const long long start = start_of(process);
    text[0] = 0;
    if (start <= 0 || !surroundings(text)) return;
    const size_t used = strlen(text);
    snprintf(text + used, IDENTITY_BYTES - used, "%ld/%lld", process, start);
}

bool identity_has_ended(const char *text)
{
    char ours[IDENTITY_BYTES];
    long process;
    long long start;
    if (!surroundings(ours) || strncmp(text, ours, strlen(ours)) != 0) return false;
    if (sscanf(text + strlen(ours), "%ld/%lld", &process, &start) != 2) return false;
    const long long now = start_of(process);
    return now >= 0 && now != start;
}

void holder_of_this(char text[HOLDER_BYTES])
{
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    snprintf(text, HOLDER_BYTES, "process %ld on %s", (long)getpid(), host);
}
