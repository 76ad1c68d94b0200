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


CYCLE = (Fault.BEFORE, Fault.KEPT_UNDONE, Fault.LOST, Fault.BEFORE, Fault.KEPT_DONE, Fault.LOST)


def next_fault(state: State) -> Fault:
    """The fault that befalls the next call of the service, if any are set."""
    with state.lock:
        if not state.faults.fail_api:
            return Fault.NONE
        state.faults.fail_api -= 1
        fault = CYCLE[state.faults.failures_so_far % len(CYCLE)]
        state.faults.failures_so_far += 1
        return fault
