"""`python -m infra.local`: it serves where it was told, says what stands in its way, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60

Run = Callable[[str], "Running"]


class Running:
    """A service started from the command line, empty, with everything of it in one directory."""

    def __init__(self, run_dir: Path, **environment: str) -> None:
        self.dir = run_dir
        self.file = run_dir / "local.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env=os.environ | {"RUN_DIR": str(run_dir), "PORT": "0", "STRIPE_PORT": "0", "STORY": "0"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def addresses(self) -> dict[str, str]:
        """What it wrote once everything answered."""
        until = time.monotonic() + SECONDS
        while not self.file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)
        return json.loads(self.file.read_text())

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.result()

    def result(self) -> int:
        self.said = self.process.communicate(timeout=SECONDS)
        return self.process.returncode


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(name: str = "run", **environment: str) -> Running:
        started.append(Running(tmp_path / name, **environment))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


def listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


def servers(addresses: Mapping[str, str]) -> list[str]:
    return [addresses[name] for name in ("api", "stripe", "aws")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_all_that_it_started(run: Callable[..., Running], number: int) -> None:
    running = run()
    addresses = running.addresses()
    assert all(map(listens, servers(addresses)))

    code = running.end(number)

    assert code == 0, running.said
    assert not any(map(listens, servers(addresses)))
    assert list(running.dir.iterdir()) == []
    assert "Traceback" not in "".join(running.said)


def test_interrupted_in_the_middle_of_its_story_it_leaves_nothing_either(run: Callable[..., Running]) -> None:
    running = run(STORY="1")
    addresses = running.addresses()

    code = running.end(signal.SIGINT)

    assert code == 130, running.said
    assert not any(map(listens, servers(addresses)))
    assert list(running.dir.iterdir()) == []


def test_killed_it_takes_aws_along(run: Callable[..., Running]) -> None:
    running = run()
    addresses = running.addresses()

    running.end(signal.SIGKILL)

    until = time.monotonic() + 5
    while listens(addresses["aws"]) and time.monotonic() < until:
        time.sleep(0.05)
    assert not listens(addresses["aws"])


def test_two_stand_side_by_side(run: Callable[..., Running]) -> None:
    one, other = run("one"), run("other")
    first, second = one.addresses(), other.addresses()
    assert not set(servers(first)) & set(servers(second))

    one.end(signal.SIGTERM)

    with urlopen(f"{second['api']}/health") as answer:
        assert answer.status == 200
    with pytest.raises(URLError):
        urlopen(f"{first['api']}/health")


def test_keeps_its_data_where_asked(run: Callable[..., Running]) -> None:
    running = run(KEEP="1")
    running.addresses()

    running.end(signal.SIGTERM)

    (kept,) = running.dir.iterdir()
    assert (kept / "aws" / "state" / "dynamodb.json").exists()


@pytest.mark.parametrize("name", ["PORT", "STRIPE_PORT"])
def test_says_which_port_is_taken(run: Callable[..., Running], name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        running = run(**{name: str(port)})

        assert running.result() == 2
        assert f"{name}: port {port} is taken" in running.said[1]


def test_says_which_setting_is_no_port(run: Callable[..., Running]) -> None:
    running = run(PORT="http")

    assert running.result() == 2
    assert running.said[1] == "PORT: must be a port, not 'http'\n"
