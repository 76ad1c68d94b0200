"""What the emulator says no to."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe


def refused(act: Callable[[], Any]) -> str:
    """The words with which Stripe refuses this."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        act()
    return str(refusal.value)


def not_built(act: Callable[[], Any]) -> str:
    """What the emulator says that it has not built."""
    with pytest.raises(stripe.APIError) as refusal:
        act()
    assert refusal.value.http_status == 501
    return str(refusal.value)
