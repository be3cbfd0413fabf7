#define _GNU_SOURCE /* environ, pipe2 */

#include "base/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

/* A signal that comes just before the waiting is seen behind it. */
enum { CHUNK_BYTES = 64 << 10, LOOK_MS = 200 };

/* What runs; descriptors are -1 where there is none. */
typedef struct running {
    child_process *child;
    pid_t process;
    int input;  /* a socket: writing to one that nobody reads need not be a signal */
    int output; /* a pipe's end */
    size_t written;
} running;

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

/* --- Starting --- */

static pqt_status add_actions(const child_process *child, int input, int output,
                              posix_spawn_file_actions_t *actions, pqt_error *error)
{
    int failed = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    if (!failed && child->is_quiet)
        failed = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null",
                                                  O_WRONLY, 0);
    if (!failed) return PQT_OK;
    return error_set_errno(error, failed, "cannot run %s", child->arguments[0]);
}

static pqt_status refuse_program(const char *name, int failed, pqt_error *error)
{
    if (failed == ENOENT)
        return error_set(error, PQT_NOT_FOUND, "there is no program %.200s", name);
    if (failed == EACCES)
        return error_set(error, PQT_DENIED, "%.200s may not be run", name);
    return error_set_errno(error, failed, "cannot run %.200s", name);
}

/* In a process group of its own, so that it ends with whatever it runs itself: some
 * packages have a script in the program's place. */
static int spawn_group(running *r, const posix_spawn_file_actions_t *actions)
{
    char *const *arguments = (char *const *)(uintptr_t)r->child->arguments;
    posix_spawnattr_t attributes;
    int failed = posix_spawnattr_init(&attributes);
    if (failed) return failed;
    failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (!failed)
        failed = posix_spawnp(&r->process, arguments[0], actions, &attributes, arguments,
                              environ);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static pqt_status spawn(running *r, int input, int output, pqt_error *error)
{
    const char *name = r->child->arguments[0];
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return error_set_errno(error, failed, "cannot run %.200s", name);
    pqt_status status = add_actions(r->child, input, output, &actions, error);
    if (status == PQT_OK) {
        failed = spawn_group(r, &actions);
        if (failed) status = refuse_program(name, failed, error);
    }
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* Our ends are not the program's, nor another's that is started meanwhile. */
static pqt_status start(running *r, pqt_error *error)
{
    int input[2], output[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    if (pipe2(output, O_CLOEXEC) < 0) {
        const int number = errno;
        close(input[0]);
        close(input[1]);
        return error_set_errno(error, number, "cannot make a pipe");
    }
    r->input = input[0];
    r->output = output[0];
    const pqt_status status = spawn(r, input[1], output[1], error);
    close(input[1]);
    close(output[1]);
    return status;
}

/* --- Exchanging --- */

static bool is_cancelled(const running *r)
{
    return r->child->cancelled && *r->child->cancelled;
}

/* Gives it some of its input; the end of it, too, where nobody reads on. */
static void give(running *r)
{
    const pqt_view all = r->child->input;
    const ssize_t sent = send(r->input, all.data + r->written,
                              all.size_bytes - r->written, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent > 0) r->written += (size_t)sent;
    if (sent < 0 || r->written == all.size_bytes) close_descriptor(&r->input);
}

static pqt_status take(running *r, uint8_t *chunk, pqt_error *error)
{
    const ssize_t got = read(r->output, chunk, CHUNK_BYTES);
    if (got < 0 && errno == EINTR) return PQT_OK;
    if (got < 0) return error_set_errno(error, errno, "cannot read from a pipe");
    if (got == 0) close_descriptor(&r->output);
    if (got == 0) return PQT_OK;
    return r->child->take(r->child->self, (pqt_view){chunk, (size_t)got}, error);
}

static pqt_status exchange(running *r, uint8_t *chunk, pqt_error *error)
{
    while (r->output >= 0) {
        struct pollfd waits[2] = {{.fd = r->output, .events = POLLIN},
                                  {.fd = r->input, .events = POLLOUT}};
        const int ready = poll(waits, 2, LOOK_MS);
        if (is_cancelled(r)) return error_set(error, PQT_CANCELLED, "cancelled");
        if (ready < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot wait for a program");
        if (ready < 0) continue;
        if (waits[1].revents) give(r);
        if (waits[0].revents) TRY(take(r, chunk, error));
    }
    return PQT_OK;
}

static pqt_status exchange_all(running *r, pqt_error *error)
{
    uint8_t *chunk = alloc_bytes(NULL, CHUNK_BYTES);
    if (!chunk) return error_no_memory(error, CHUNK_BYTES);
    if (r->child->input.size_bytes == 0) close_descriptor(&r->input);
    const pqt_status status = exchange(r, chunk, error);
    alloc_release(NULL, chunk);
    return status;
}

/* --- Ending --- */

static pqt_status finish(running *r, pqt_error *error)
{
    int ended = 0;
    while (waitpid(r->process, &ended, 0) < 0)
        if (errno != EINTR)
            return error_set_errno(error, errno, "cannot wait for %s",
                                   r->child->arguments[0]);
    if (WIFSIGNALED(ended))
        return error_set(error, PQT_INTERNAL, "%.200s was ended by signal %d (%s)",
                         r->child->arguments[0], WTERMSIG(ended),
                         strsignal(WTERMSIG(ended)));
    r->child->exit_code = WEXITSTATUS(ended);
    return PQT_OK;
}

pqt_status child_process_run(child_process *child, pqt_error *error)
{
    running r = {.child = child, .input = -1, .output = -1};
    pqt_status status = start(&r, error);
    const bool is_started = status == PQT_OK;
    if (is_started) status = exchange_all(&r, error);
    if (status == PQT_OK && is_cancelled(&r))
        status = error_set(error, PQT_CANCELLED, "cancelled");
    close_descriptor(&r.input);
    close_descriptor(&r.output);
    if (!is_started) return status;
    if (status != PQT_OK) kill(-r.process, SIGTERM);
    const pqt_status ended = finish(&r, status == PQT_OK ? error : NULL);
    return status != PQT_OK ? status : ended;
}
