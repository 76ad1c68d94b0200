"""The API's faults: what a client must survive, in a fixed cycle."""

from enum import Enum

from infra.local.stripe.state import State


class Fault(Enum):
    NONE = "none"
    # A 500 before anything was done; the key is still fresh.
    BEFORE = "before"
    # A 500 kept under its key: asking again says 500 again. Whether it was done is for the client to look up.
    KEPT_UNDONE = "kept, nothing done"
    KEPT_DONE = "kept, and done"
    # Done, and the answer never arrives; asking again replays it.
    LOST = "answer lost"
    # A 429 before anything was done; the SDK retries the first kind by itself.
    LOCKED_FOR_A_MOMENT = "locked, try again"
    LOCKED = "locked"


LOCKS = (Fault.LOCKED_FOR_A_MOMENT, Fault.LOCKED)
UNTOUCHED = (Fault.BEFORE, *LOCKS)
"""Those that leave the idempotency key fresh."""
CYCLE = (Fault.BEFORE, Fault.KEPT_UNDONE, Fault.LOST, Fault.BEFORE, Fault.KEPT_DONE, Fault.LOST)


def next_fault(state: State, method: str) -> Fault:
    """The fault that befalls the next call of the service, if any are set; only changes meet locks."""
    with state.lock:
        if state.faults.lock_timeout and method != "GET":
            state.faults.lock_timeout -= 1
            state.faults.locks_so_far += 1
            return Fault.LOCKED_FOR_A_MOMENT if state.faults.locks_so_far % 2 else Fault.LOCKED
        if not state.faults.fail_api:
            return Fault.NONE
        state.faults.fail_api -= 1
        fault = CYCLE[state.faults.failures_so_far % len(CYCLE)]
        state.faults.failures_so_far += 1
        return fault
