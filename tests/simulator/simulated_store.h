/*
 * A store in front of another, as the network and other machines make it: calls fail,
 * once or for ever (the process has died), before or after they took effect; a listing
 * comes short; what was put is not what is there; somebody else works between two calls.
 */
#ifndef SIMULATED_STORE_H
#define SIMULATED_STORE_H

#include "store/store.h"
#include "tally.h"

typedef struct store_plan {
    store *inner; /* outlives the store, as does `counted` */
    tally *counted;
    uint64_t calls;   /* out: how many were made */
    uint64_t fail_at; /* this call fails, with IO; 0: none */
    tally_event
        wanted; /* with wanted_at: the so manyth call that this is the failure of */
    uint64_t wanted_at; /* fails; 0: none */
    bool fail_for_ever; /* ... and all behind it */
    bool apply_first;   /* the failing call takes effect, its answer is lost */
    uint64_t
        short_at;     /* this call, where it is a listing, leaves out what `drops` says */
    uint64_t drops;   /* a bit an entry, by its number modulo 64 */
    bool damages;     /* the first data file that is put gets another byte */
    bool has_damaged; /* out */
    uint64_t visit_at; /* before this call `visit` is called */
    void (*visit)(void *self);
    void *self;
    bool ignores_locks; /* a lock is always had */
} store_plan;

pqt_status simulated_store_open(store_plan *plan, store **out, pqt_error *error);

#endif
