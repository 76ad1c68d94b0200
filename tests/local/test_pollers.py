"""Queues and streams reach functions as Lambda brings them: in order, again where it failed, and not for ever."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from infra import resources
from infra.local.aws import Aws
from infra.local.clock import Clock
from infra.local.lambdas import Context
from infra.local.pollers import BATCH, Queue, QueuePoller
from infra.local.streams import TRIES, Changes, StreamPoller, plain, stream_of
from infra.local.turner import Turner
from infra.resources import create_queues, create_tables

Event = Mapping[str, Any]
VISIBILITY = 360


class Function:
    """A function that stops at the bodies it is told to fail for, and remembers what it was given."""

    def __init__(self, failing: set[str] | None = None) -> None:
        self.failing = failing or set()
        self.batches: list[list[str]] = []

    def __call__(self, event: Event, _context: Context) -> Any:
        self.batches.append([record["body"] for record in event["Records"]])
        first = next((n for n, each in enumerate(event["Records"]) if each["body"] in self.failing), BATCH)
        failed = [each["messageId"] for each in event["Records"][first:]]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


@pytest.fixture
def send(aws: Aws, request: pytest.FixtureRequest) -> Callable[..., None]:
    sqs = aws.client("sqs")

    def send(url: str, *bodies: str, group: str = "g") -> None:
        for body in bodies:
            sqs.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=f"{request.node.name}-{body}",
            )

    return send


@pytest.fixture
def queues(aws: Aws, request: pytest.FixtureRequest) -> dict[str, str]:
    return create_queues(aws.client("sqs"), f"t{abs(hash(request.node.name))}")


def poller(
    aws: Aws,
    queues: dict[str, str],
    function: Callable[[Event, Context], Any],
    told: list[str] | None = None,
    clock: Clock | None = None,
    name: str = "usage",
) -> QueuePoller:
    heard = [] if told is None else told
    queue = Queue(name, queues[name], VISIBILITY, resources.TRIES[name])
    return QueuePoller(clock or Clock(), aws.client("sqs"), queue, function, lambda _kind, detail: heard.append(detail))


def work_off(part: QueuePoller | StreamPoller) -> None:
    for _ in range(50):
        if not part.work():
            return
    raise AssertionError("never quiet")


def lying(aws: Aws, url: str) -> list[str]:
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [each["Body"] for each in answer.get("Messages", [])]


def test_an_empty_queue_calls_nobody(aws: Aws, queues: dict[str, str]) -> None:
    function = Function()

    assert poller(aws, queues, function).work() is False
    assert function.batches == []


def test_batches_of_ten_in_order(aws: Aws, queues: dict[str, str], send: Callable[..., None]) -> None:
    function = Function()
    send(queues["usage"], *(str(n) for n in range(12)))

    work_off(poller(aws, queues, function))

    assert [body for batch in function.batches for body in batch] == [str(n) for n in range(12)]
    assert max(len(batch) for batch in function.batches) == 10


def test_only_what_failed_comes_again(aws: Aws, queues: dict[str, str], send: Callable[..., None]) -> None:
    function = Function(failing={"1"})
    send(queues["usage"], "0", "1")
    part = poller(aws, queues, function)

    part.work()
    function.failing.clear()
    work_off(part)

    assert function.batches == [["0", "1"], ["1"]]


def test_a_function_that_dies_gets_its_whole_batch_again(
    aws: Aws, queues: dict[str, str], send: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def dies_once(event: Event, _context: Context) -> None:
        calls.append(len(event["Records"]))
        if len(calls) == 1:
            raise RuntimeError

    send(queues["usage"], "0", "1")

    work_off(poller(aws, queues, dies_once))

    assert calls == [2, 2]
    assert "usage died with 2 messages" in caplog.text


def test_fails_three_times_at_once_then_waits_by_our_clock(
    aws: Aws, queues: dict[str, str], send: Callable[..., None]
) -> None:
    function, clock = Function(failing={"bad"}), Clock()
    part = poller(aws, queues, function, clock=clock)
    send(queues["usage"], "bad", "later in its group")

    work_off(part)
    tried, due = len(function.batches), part.next_due()
    function.failing.clear()
    clock.move_to(clock.now() + VISIBILITY + 1)
    work_off(part)

    assert tried == 3
    assert due is not None
    assert function.batches[3] == ["bad", "later in its group"]


def test_gives_up_after_five_and_says_so(aws: Aws, queues: dict[str, str], send: Callable[..., None]) -> None:
    function, clock, told = Function(failing={"bad"}), Clock(), list[str]()
    send(queues["due"], "bad")
    turner = Turner(clock)
    turner.add(poller(aws, queues, function, told, clock, "due"))

    turner.move_to(clock.now() + 3 * VISIBILITY)

    assert len(function.batches) == 5
    assert told == ["a message of due was given up after 5 tries"]
    assert lying(aws, queues["due-dead"]) == ["bad"]


def test_what_a_function_gave_up_by_itself_is_no_promise_that_broke(
    aws: Aws, queues: dict[str, str], send: Callable[..., None]
) -> None:
    function, told = Function(failing={"bad"}), list[str]()
    part = poller(aws, queues, function, told)
    send(queues["usage-dead"], "given up at once")
    send(queues["usage"], "bad")

    part.work()
    function.failing.clear()
    work_off(part)

    assert function.batches == [["bad"], ["bad"]]
    assert told == []


def test_records_look_as_lambda_has_them(aws: Aws, queues: dict[str, str], send: Callable[..., None]) -> None:
    seen: list[Any] = []
    send(queues["usage"], json.dumps({"a": 1}), group="acme")

    work_off(poller(aws, queues, lambda event, _context: seen.extend(event["Records"])))

    assert seen[0]["eventSource"] == "aws:sqs"
    assert seen[0]["attributes"]["MessageGroupId"] == "acme"
    assert seen[0]["attributes"]["ApproximateReceiveCount"] == "1"


class Table:
    """A core table whose stream a function listens to."""

    def __init__(self, aws: Aws, name: str) -> None:
        self.dynamodb = aws.client("dynamodb")
        self.name = create_tables(self.dynamodb, name)["core"]

    def put(self, *keys: str) -> None:
        for key in keys:
            self.dynamodb.put_item(TableName=self.name, Item={"pk": {"S": "a"}, "sk": {"S": key}, "b": {"B": b"\x01"}})


@pytest.fixture
def table(aws: Aws, request: pytest.FixtureRequest) -> Table:
    return Table(aws, f"t{abs(hash(request.node.name))}")


class Listener:
    def __init__(self, failing: set[str] | None = None) -> None:
        self.failing = failing or set()
        self.seen: list[str] = []
        self.told: list[str] = []

    def __call__(self, event: Event, _context: Context) -> Any:
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["sk"]["S"]
            self.seen.append(key)
            if key in self.failing:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        return None

    def on(self, aws: Aws, table: Table) -> StreamPoller:
        return StreamPoller(
            Changes(Clock(), aws.client("dynamodbstreams"), stream_of(table.dynamodb, table.name)),
            self,
            wanted=lambda record: record["dynamodb"]["Keys"]["sk"]["S"].startswith("E#"),
            tell=lambda _kind, detail: self.told.append(detail),
        )


def test_the_stream_brings_what_is_wanted_in_order(aws: Aws, table: Table) -> None:
    listener = Listener()
    part = listener.on(aws, table)
    table.put("E#1", "STATE", "E#2")
    work_off(part)
    table.put("E#3")
    work_off(part)

    assert listener.seen == ["E#1", "E#2", "E#3"]


def test_the_stream_goes_on_from_the_record_that_failed(aws: Aws, table: Table) -> None:
    listener = Listener(failing={"E#2"})
    part = listener.on(aws, table)
    table.put("E#1", "E#2", "E#3")

    part.work()
    listener.failing.clear()
    work_off(part)

    assert listener.seen == ["E#1", "E#2", "E#2", "E#3"]


def test_the_stream_gives_up_one_record_and_says_so(aws: Aws, table: Table) -> None:
    listener = Listener(failing={"E#1"})
    part = listener.on(aws, table)
    table.put("E#1", "E#2")

    work_off(part)

    assert listener.seen == ["E#1"] * TRIES + ["E#2"]
    assert len(listener.told) == 1


def test_records_hold_what_json_can_say() -> None:
    assert plain({"b": b"\x01", "l": [b"\x02"], "n": 1}) == {"b": "AQ==", "l": ["Ag=="], "n": 1}
