"""The emulator: Stripe's API, its hosted pages and its own time, served on one loopback port."""

import threading
from types import TracebackType

from infra.local.clock import Clock
from infra.local.stripe import agenda, deliveries
from infra.local.stripe.api import Api
from infra.local.stripe.ids import Ids
from infra.local.stripe.server import Server
from infra.local.stripe.state import State
from infra.local.turner import Stuck, Turner

TICK_SECONDS = 0.2
SERVICE_KEY = "sk_test_service"
OPERATOR_KEY = "sk_test_operator"


class Emulator:
    """Faults befall the calls made with the service's key, never the operator's."""

    def __init__(
        self,
        clock: Clock,
        seed: int = 1,
        service_key: str = SERVICE_KEY,
        operator_key: str = OPERATOR_KEY,
        turner: Turner | None = None,
    ) -> None:
        self.state = State(clock, Ids(seed))
        self.api = Api(self.state, service_key, operator_key)
        self.turner = turner or Turner(clock)
        self.turner.add(self)
        self.state.turn_to = self.turner.move_to
        self._server: Server | None = None
        self._ticking: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        return self.state.url

    def next_due(self) -> int | None:
        due = (agenda.next_due(self.state), deliveries.next_due(self.state))
        return min((each for each in due if each is not None), default=None)

    def work(self) -> bool:
        """Stripe's own time first, then the webhooks that are due."""
        worked = agenda.work(self.state)
        return deliveries.deliver_due(self.state) or worked

    def serve(self, port: int = 0) -> "Emulator":
        """Listen on 127.0.0.1; port 0 is any free one. Raises OSError for a port that is taken."""
        self._server = Server(port, self.state, self.api, self.turner)
        self.state.url = self._server.url
        self._server.start()
        return self

    def tick(self) -> "Emulator":
        """Let time turn by itself from now on, at its own pace."""
        self._ticking = threading.Thread(target=self._keep_turning, name="stripe-ticker", daemon=True)
        self._ticking.start()
        return self

    def close(self) -> None:
        self._stopped.set()
        if self._ticking:
            self._ticking.join()
        if self._server:
            self._server.close()

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _keep_turning(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            try:
                self.turner.settle()
            except Stuck as stuck:
                self.state.problem("stuck", str(stuck))
