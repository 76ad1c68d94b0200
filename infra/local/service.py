"""The whole service on one machine: the deployed handlers behind a local gateway, queues, schedules, AWS and Stripe.

All of it is in this process but AWS. One clock tells the time to the service and to Stripe; AWS's queues know only
real time.
"""

import importlib
import json
import logging
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chalicelib import wiring
from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, issued
from chalicelib.web.logs import JsonLines, hush_clients
from infra import resources
from infra.local import turning
from infra.local.aws import REGION, Aws
from infra.local.clock import Clock
from infra.local.front import Front, PortTaken
from infra.local.stripe.emulator import OPERATOR_KEY, SERVICE_KEY, Emulator
from infra.local.ticker import Ticker
from infra.local.turner import Turner
from infra.stripe_endpoint import sync_endpoint
from infra.stripe_offers import sync_offers
from infra.stripe_sync import connect

PREFIX = "billing-local"
# The host that return URLs may have on this machine.
RETURN_HOST = "app.example.com"


@dataclass(frozen=True)
class Ports:
    """Where the service and its Stripe listen; 0 is any free port."""

    api: int = 0
    stripe: int = 0


class Service:
    """`with Service(run_dir) as service:` runs everything until the block ends, then ends all that it started.

    `addresses` is what `<run_dir>/local.json` says meanwhile. One at a time in a process. Raises PortTaken, saying
    which.
    """

    def __init__(
        self, run_dir: Path, ports: Ports | None = None, *, seed: int = 1, keep: bool = False, rate_limit: str = "0"
    ) -> None:
        self.addresses: dict[str, str] = {}
        self._rate_limit = rate_limit
        self._ports = ports or Ports()
        self._seed = seed
        self._keep = keep
        self._run_dir = run_dir
        self._file = run_dir / "local.json"
        self._dir = run_dir
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self._start(started)
            self._running = started.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def _start(self, started: ExitStack) -> None:
        app: Any = importlib.import_module("app")
        # Ports first: who finds one taken has touched nothing of the run that has it.
        front = _front(app.app, self._ports.api)
        started.callback(front.close)
        turner = Turner(Clock())
        emulator = self._stripe(started, turner)
        aws = started.enter_context(Aws(self._own_directory(started), keep=self._keep))
        made = resources.create(aws.client("dynamodb"), aws.client("sqs"), PREFIX)
        bus = resources.create_bus(aws.client("events"), PREFIX)
        stripe = connect(OPERATOR_KEY, emulator.url)
        secret = sync_endpoint(stripe, f"{front.url}/stripe/webhook", HANDLERS).secret or ""
        environ = _environment(aws, made, bus, emulator, secret) | {"RATE_LIMIT": self._rate_limit}
        deps = wiring.start(clock=turner.clock, environ=environ)
        sync_offers(stripe, deps.catalogue)
        turning.add_parts(turner, app, aws, made, emulator)
        front.start()
        self._tick(started, turner, emulator)
        keys = {"api_key": _make_key(deps), "webhook_secret": secret}
        self._write(started, _addresses(front, emulator, aws, made) | keys)

    def _stripe(self, started: ExitStack, turner: Turner) -> Emulator:
        emulator = Emulator(turner.clock, self._seed, turner=turner)
        started.callback(emulator.close)
        try:
            return emulator.serve(self._ports.stripe)
        except OSError as error:
            raise PortTaken(f"STRIPE_PORT: port {self._ports.stripe} is taken; choose another") from error

    @property
    def log(self) -> Path:
        """What the service logs, a JSON object a line."""
        return self._dir / "service.log"

    def keep(self) -> Path:
        """Leaves the run's directory where it is when the run ends; returns it."""
        self._keep = True
        return self._dir

    def _own_directory(self, started: ExitStack) -> Path:
        """A directory of this run's own, with its log; gone with the run unless it is to be kept."""
        self._run_dir.mkdir(parents=True, exist_ok=True)
        self._dir = Path(tempfile.mkdtemp(prefix="run-", dir=self._run_dir))
        started.callback(self._clear)
        handler = logging.FileHandler(self.log)
        handler.setFormatter(JsonLines())
        root = logging.getLogger()
        hush_clients()
        started.callback(handler.close)
        started.callback(root.removeHandler, handler)
        started.callback(root.setLevel, root.level)
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        return self._dir

    def _clear(self) -> None:
        if not self._keep:
            shutil.rmtree(self._dir, ignore_errors=True)

    def _tick(self, started: ExitStack, turner: Turner, emulator: Emulator) -> None:
        ticker = Ticker(turner, emulator.state.problem)
        started.callback(ticker.close)
        ticker.start()

    def _write(self, started: ExitStack, addresses: dict[str, str]) -> None:
        """Says where everything is, once everything answers; the file holds keys, so it is ours alone."""
        self.addresses = addresses
        started.callback(self._file.unlink, missing_ok=True)
        whole = self._file.with_suffix(".new")
        whole.touch(mode=0o600)
        whole.write_text(json.dumps(addresses, indent=2) + "\n")
        whole.replace(self._file)


def _front(app: Any, port: int) -> Front:
    try:
        return Front(app, port)
    except PortTaken as taken:
        raise PortTaken(f"PORT: {taken}; choose another") from taken


def _environment(aws: Aws, made: resources.Created, bus: str, emulator: Emulator, secret: str) -> dict[str, str]:
    """What the deployed functions find in their environment."""
    return {
        "CORE_TABLE": made.tables["core"],
        "EPHEMERAL_TABLE": made.tables["ephemeral"],
        "STRIPE_EVENTS_QUEUE": made.queues["stripe-events"],
        "DUE_QUEUE": made.queues["due"],
        "RECHARGE_QUEUE": made.queues["recharge"],
        "USAGE_DEAD_LETTERS": made.queues["usage-dead"],
        "EVENT_BUS": bus,
        "STRIPE_API_KEY": SERVICE_KEY,
        "STRIPE_API_BASE": emulator.url,
        "STRIPE_WEBHOOK_SECRETS": secret,
        "KEY_PEPPER": secrets.token_urlsafe(32),
        "RETURN_HOSTS": RETURN_HOST,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": REGION,
    }


def _addresses(front: Front, emulator: Emulator, aws: Aws, made: resources.Created) -> dict[str, str]:
    return {
        "api": front.url,
        "stripe": emulator.url,
        "stripe_api_key": OPERATOR_KEY,
        "aws": aws.url,
        "usage_queue": made.queues["usage"],
        "usage_dead_letters": made.queues["usage-dead"],
    }


def _make_key(deps: Deps) -> str:
    """An API key with every scope for the whole deployment."""
    wanted = ApiKey("", "local", "", SCOPES, id=f"key_{deps.token()}", created=deps.clock.now(), by="infra.local")
    key, kept = issued(secrets.token_bytes(BYTES), deps.settings.key_pepper, wanted)
    deps.store.keys.write(made(kept))
    return key
