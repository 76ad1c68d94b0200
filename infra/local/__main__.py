"""`make run` plays the story and serves; `make demo` plays it and exits.

PORT and STRIPE_PORT say where to listen (8000 and 12111; a demo takes free ones unless they are set), RUN_DIR where
everything of the run lives (build), KEEP=1 keeps its data there, STORY=0 serves an empty service, RATE_LIMIT lets a key
ask so often in a second.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from infra.local.aws import CREDENTIALS, NoAws
from infra.local.front import PortTaken
from infra.local.service import Ports, Service
from infra.local.serving import directions
from infra.local.story.play import play
from infra.local.story.telling import Broken, Telling

BROKEN, WRONG, INTERRUPTED = 1, 2, 130


class BadSetting(Exception):
    """An environment variable says something impossible."""


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    demo = arguments == ["--demo"]
    if arguments and not demo:
        return _wrong("usage: python -m infra.local [--demo]")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return _run(_service(environment, demo), demo=demo, story=demo or environment.get("STORY") != "0")
    except (PortTaken, NoAws, BadSetting) as problem:
        return _wrong(str(problem))
    except KeyboardInterrupt:
        return INTERRUPTED


def _service(environment: Mapping[str, str], demo: bool) -> Service:
    ports = Ports(
        _port(environment, "PORT", 0 if demo else 8000), _port(environment, "STRIPE_PORT", 0 if demo else 12111)
    )
    run_dir = Path(environment.get("RUN_DIR") or "build").absolute()
    return Service(run_dir, ports, keep=environment.get("KEEP") == "1", rate_limit=_rate_limit(environment))


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or int(text) > 65_535:
        raise BadSetting(f"{name}: must be a port, not {text!r}")
    return int(text)


def _rate_limit(environment: Mapping[str, str]) -> str:
    text = environment.get("RATE_LIMIT") or "0"
    if not text.isdecimal() or len(text) > 6:
        raise BadSetting(f"RATE_LIMIT: must be a whole number below a million, not {text!r}")
    return text


def _run(service: Service, *, demo: bool, story: bool) -> int:
    started = time.monotonic()
    with service:
        print(f"Everything stands after {time.monotonic() - started:.0f} s: {service.addresses['api']}")
        if story and not _told(service):
            return BROKEN
        if not demo:
            print(directions(service.addresses), flush=True)
            _until_stopped()
    return 0


def _told(service: Service) -> bool:
    tell = Telling()
    try:
        play(service.addresses, tell)
    except Broken as broken:
        print(f"\nA promise broke after {tell.seconds} s: {broken}\n\nThe log of the service is in {service.keep()}")
        return False
    print(f"\n{tell.kept} promises kept in {tell.seconds} s.")
    return True


def _until_stopped() -> None:
    try:
        # A signal that comes just before a wait does not end it: none may be for ever.
        while not Event().wait(timeout=1):
            pass
    except KeyboardInterrupt:
        print("Stopping.")


def _stop(_number: int, _frame: object) -> None:
    # From here on nothing may stop the stopping: what was started is ended first.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _wrong(problem: str) -> int:
    print(problem, file=sys.stderr)
    return WRONG


if __name__ == "__main__":
    os.environ.update(CREDENTIALS)
    sys.exit(main(sys.argv[1:], os.environ))
