#define _GNU_SOURCE
#include "store/process_identity.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_help.h"

enum { NOBODY = 65534, CANNOT_TRY = 77 };

/* The exit code of a process that runs `look` with the identity. */
static int run_apart(int (*look)(const char *identity), const char *identity)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(look(identity));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a process says of itself before it ends. */
static void identity_of_one_that_ended(char text[IDENTITY_BYTES])
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        identity_of_this(text);
        _exit(write(ends[1], text, IDENTITY_BYTES) == IDENTITY_BYTES ? 0 : 1);
    }
    assert_int_equal(read(ends[0], text, IDENTITY_BYTES), IDENTITY_BYTES);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    close(ends[1]);
}

static int look(const char *identity)
{
    return identity_has_ended(identity) ? 1 : 0;
}

static void identity_tells_who_lives(void **state)
{
    (void)state;
    char living[IDENTITY_BYTES] = "", ended[IDENTITY_BYTES] = "";
    identity_of_this(living);
    identity_of_one_that_ended(ended);
    assert_true(living[0] && ended[0]);
    assert_int_equal(run_apart(look, living), 0);
    assert_int_equal(run_apart(look, ended), 1);
    assert_false(identity_has_ended("another-boot/pid:[1]/1/1"));
}

/* Sees only nobody's processes in /proc from here on. */
static bool become_blind(void)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", 0, "hidepid=2") == 0 && setgid(NOBODY) == 0 &&
           setuid(NOBODY) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
}

static int look_blind(const char *identity)
{
    char ours[IDENTITY_BYTES] = "", path[64];
    if (!become_blind()) return CANNOT_TRY;
    identity_of_this(ours);
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)getppid());
    if (!ours[0] || access(path, F_OK) == 0) return CANNOT_TRY;
    return look(identity);
}

static void identity_of_a_hidden_process_lives(void **state)
{
    (void)state;
    char living[IDENTITY_BYTES] = "", ended[IDENTITY_BYTES] = "";
    identity_of_this(living);
    identity_of_one_that_ended(ended);
    const int found = run_apart(look_blind, living);
    if (found == CANNOT_TRY) {
        printf("skipped: /proc with hidepid cannot be mounted here (not root)\n");
        skip();
    }
    assert_int_equal(found, 0);
    assert_int_equal(run_apart(look_blind, ended), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_tells_who_lives),
        cmocka_unit_test(identity_of_a_hidden_process_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
