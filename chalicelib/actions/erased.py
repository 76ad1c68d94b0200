"""Refusing what is wished for an account that was erased, or is being erased."""

from chalicelib.domain.accounts import State
from chalicelib.request_errors import Erased


def check_not_erased(state: State) -> None:
    """Raises Erased."""
    if state.erased is not None:
        raise Erased("the account was erased")
