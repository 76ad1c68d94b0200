"""Sweeping: accounts whose due instant has come are sent to whoever books it."""

from chalicelib.deps import Deps

MOST = 500
"""Per shard of the index and run; what is left is still due a minute later."""


def sweep(deps: Deps) -> int:
    """How many accounts were sent. The index may lag, so whoever receives one looks again."""
    messages = deps.store.due(deps.clock.now(), MOST)
    deps.queue.due(messages)
    return len(messages)
