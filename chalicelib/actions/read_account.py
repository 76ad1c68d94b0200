"""Reading an account: all that its billing page shows."""

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps
from chalicelib.domain.overview import Overview, overview_of


def overview(deps: Deps, account: str) -> Overview:
    """The account as its owner sees it now; raises UnknownAccount."""
    state, profile = read(deps, account)
    return overview_of(state, profile, deps.catalogue, deps.clock.now())
