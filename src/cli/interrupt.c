#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* A signal handler has no argument to carry these: the program's only variables. */
static volatile int cancelled;
static volatile sig_atomic_t caught;

static void stop_softly(int number)
{
    static const char text[] =
        "\npqa: stopping at the next safe point; again to stop at once\n";
    caught = number;
    cancelled = 1;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    const ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = stop_softly, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile int *interrupt_flag(void)
{
    return &cancelled;
}

int interrupt_signal(void)
{
    return caught;
}
