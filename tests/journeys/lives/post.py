"""The post: Stripe's events on their way to the service, handled as the clock turns, and what time alone makes due.

In fair weather each is handled at once and in order. In rough weather it comes late, before or after others, sometimes
twice and sometimes never; a catch-up finds what is lost.
"""

from dataclasses import dataclass, field
from random import Random

from chalicelib.actions.book_due import book_due
from chalicelib.actions.catch_up import catch_up
from chalicelib.actions.handle_stripe_event import HANDLERS, handle_stripe_event
from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sweep import sweep
from chalicelib.messages import StripeEventMessage
from tests.journeys.lives.rig import Rig

DELAYS = (0, 0, 1, 60, 900, 7_200, 86_400, 2 * 86_400)
LOST, TWICE = (0.0, 0.2, 0.8, 1.0), 0.2
CATCH_UP_SECONDS = 900


@dataclass
class Post:
    """A part of the clock's turning; `weather` decides what befalls an event, none is fair."""

    rig: Rig
    weather: Random | None = None
    _waiting: list[tuple[int, StripeEventMessage]] = field(default_factory=list[tuple[int, StripeEventMessage]])
    _told: int = 0
    _catches_up_at: int | None = None
    _lost: float = 0.0

    def __post_init__(self) -> None:
        if self.weather is not None:
            self._lost = self.weather.choice(LOST)

    def next_due(self) -> int | None:
        self._take_in()
        dues = [self._catches_up_at, self.rig.stored()[0].due, *(at for at, _ in self._waiting)]
        return min((each for each in dues if each is not None), default=None)

    def work(self) -> bool:
        """Whether anything was handled."""
        self._take_in()
        due = [each for each in self._waiting if each[0] <= self._now()]
        self._waiting = [each for each in self._waiting if each not in due]
        for _, message in sorted(due, key=lambda each: each[0]):
            handle_stripe_event(self.rig.deps, message)
        is_late = self._catches_up_at is not None and self._catches_up_at <= self._now()
        if is_late:
            self._catch_up()
        return self._book() or is_late or bool(due)

    def all_comes(self) -> None:
        """What is still on its way, what was lost, and the night's comparison, at this instant."""
        while self._waiting:
            self._waiting = [(self._now(), message) for _, message in self._waiting]
            self.rig.emulator.turner.settle()
        self._catch_up()
        self.rig.emulator.turner.settle()
        assert reconcile(self.rig.deps) == 0, "left to the night"
        self.weather = None
        self.rig.emulator.turner.settle()

    def _take_in(self) -> None:
        fresh = self.rig.told(self._told)
        self._told += len(fresh)
        for message in fresh:
            if message.type in HANDLERS:
                self._waiting += [(self._now() + delay, message) for delay in self._delays()]

    def _delays(self) -> list[int]:
        """How long each copy of an event is on its way."""
        if self.weather is None:
            return [0]
        if self.weather.random() < self._lost:
            self._catches_up_at = self._catches_up_at or self._now() + CATCH_UP_SECONDS * self.weather.randint(1, 100)
            return []
        return self.weather.choices(DELAYS, k=2 if self.weather.random() < TWICE else 1)

    def _catch_up(self) -> None:
        self._catches_up_at = None
        catch_up(self.rig.deps)
        self._waiting += [(self._now(), message) for message in self.rig.queues.events]
        self.rig.queues.events.clear()

    def _book(self) -> bool:
        if not sweep(self.rig.deps):
            return False
        due, self.rig.queues.accounts[:] = list(self.rig.queues.accounts), []
        for message in due:
            book_due(self.rig.deps, message)
        return True

    def _now(self) -> int:
        return self.rig.clock.now()
