"""What was given up is told with its reason and left where it is, or goes back to where it came from."""

from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.actions.count_usage import TRY_AGAIN
from chalicelib.actions.record_usage import DETAILS
from chalicelib.errors import BadJson, Invalid, TooLarge, code_of
from infra import resources
from infra.dead_letters import MEANING, main
from infra.template import merge_template
from tests.actions.world import Instead

STACK = "billing-prod"
numbers = count(1)


@cache
def client() -> Any:
    """One for the process: a client costs a tenth of a second, and finds each test's own AWS."""
    return boto3.client("sqs")


class Deployed:
    """A session of the account that has the stack's queues, and a stack of something else."""

    def __init__(self) -> None:
        self.sqs: Any = client()
        self.urls = resources.create_queues(self.sqs, STACK)

    def client(self, service: str) -> Any:
        return {"sqs": self.sqs, "cloudformation": self}[service]

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 as AWS names it
        """As CloudFormation describes them; moto needs packages that we lack to do so."""
        made = {
            resources.logical_id(name, kind): self.urls[f"{name}{short}"]
            for name in resources.QUEUES
            for kind, short in (("Queue", ""), ("DeadLetters", "-dead"))
        }
        told = {name: each["Value"] for name, each in merge_template()["Outputs"].items()}
        outputs = [
            {"OutputKey": name, "OutputValue": made[value["Ref"]]}
            for name, value in told.items()
            if value.get("Ref") in made
        ]
        stacks: dict[str, Any] = {STACK: {"Outputs": outputs}, "other": {}}
        if StackName not in stacks:
            error: Any = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(error, "DescribeStacks")
        return {"Stacks": [stacks[StackName]]}

    def give_up(self, body: str, reason: str | None = None, *, group: str = "acme", queue: str = "usage") -> str:
        """Puts a message with the dead letters; returns its id."""
        told = {} if reason is None else {"reason": {"DataType": "String", "StringValue": reason}}
        return self.sqs.send_message(
            QueueUrl=self.urls[f"{queue}-dead"],
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=str(next(numbers)),
            MessageAttributes=told,
        )["MessageId"]

    def lying(self, name: str) -> list[tuple[str, str]]:
        """Takes every message that can be seen: its group and body."""
        found: list[tuple[str, str]] = []
        asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]}
        while taken := self.sqs.receive_message(QueueUrl=self.urls[name], **asked).get("Messages"):
            for each in taken:
                found.append((each["Attributes"]["MessageGroupId"], each["Body"]))
                self.sqs.delete_message(QueueUrl=self.urls[name], ReceiptHandle=each["ReceiptHandle"])
        return found


@pytest.fixture
def deployed() -> Iterator[Deployed]:
    with mock_aws():
        yield Deployed()


def run(deployed: Deployed, *arguments: str) -> None:
    main(["--stage", "prod", *arguments], deployed, wait_seconds=0)


def test_what_was_given_up_is_listed_with_what_to_do_and_left_there(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    explained = deployed.give_up("ada@example.com", "invalid, unknown_account: 2 of 3 events")
    failed = deployed.give_up("evt", group="cus_1", queue="stripe-events")

    for _ in range(2):
        run(deployed, "list")

    told = capsys.readouterr().out
    [usage] = {each for each in told.split("\n") if explained in each}
    assert usage.startswith(f"  {explained} of acme, there since 20")
    assert "invalid, unknown_account: 2 of 3 events" in told
    assert MEANING["invalid"] in told
    assert MEANING["unknown_account"] in told
    assert f"{failed} of cus_1" in told
    assert "failed 80 times" in told
    assert "message.failed" in told
    assert "due: 0 dead letters" in told
    assert "example.com" not in told
    assert deployed.lying("usage-dead") == [("acme", "ada@example.com")]
    assert deployed.lying("stripe-events-dead") == [("cus_1", "evt")]


WHOLE = {code_of(error) for error in (BadJson, TooLarge, Invalid)}
"""What a message is given up for."""
ONE_BY_ONE = {"invalid", "unknown_meter"} | DETAILS.keys() - {TRY_AGAIN}
"""What an event is."""


def test_every_reason_that_usage_is_given_up_for_has_its_meaning_and_no_other(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in (*sorted(WHOLE | ONE_BY_ONE), "of another version"):
        deployed.give_up(code, f"{code}: 1 of 1 events", group=code)

    run(deployed, "list", "--queue", "usage")

    told = capsys.readouterr().out
    assert told.count("does not know the reason") == 1
    assert MEANING.keys() == WHOLE | ONE_BY_ONE


def test_of_a_long_group_the_first_ten_are_listed_and_the_rest_is_counted(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        deployed.give_up(f"{number}", "invalid: events")

    run(deployed, "list", "--queue", "usage")

    told = capsys.readouterr().out
    assert told.startswith("usage: 10 dead letters\n")
    assert "and about 2 behind them" in told


def test_all_goes_back_in_the_order_of_its_group(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(12):
        deployed.give_up(f"{number}", "invalid: events")
    deployed.give_up("evt", group="cus_1", queue="stripe-events")

    run(deployed, "redrive")

    assert "usage: 12 sent back, 0 still there" in capsys.readouterr().out
    assert deployed.lying("usage") == [("acme", f"{number}") for number in range(12)]
    assert deployed.lying("stripe-events") == [("cus_1", "evt")]
    assert deployed.lying("usage-dead") == deployed.lying("stripe-events-dead") == []


def test_only_what_is_named_goes_back(deployed: Deployed) -> None:
    kept, named = (deployed.give_up(body, "invalid: events") for body in ("kept", "named"))
    deployed.give_up("evt", group="cus_1", queue="stripe-events")

    run(deployed, "redrive", "--id", named)

    assert kept != named
    assert deployed.lying("usage") == [("acme", "named")]
    assert deployed.lying("usage-dead") == [("acme", "kept")]
    assert deployed.lying("stripe-events") == []
    assert deployed.lying("stripe-events-dead") == [("cus_1", "evt")]


def test_only_the_queue_that_is_named_is_sent_back(deployed: Deployed) -> None:
    deployed.give_up("usage", "invalid: events")
    deployed.give_up("due", queue="due")

    run(deployed, "redrive", "--queue", "due")

    assert deployed.lying("due") == [("acme", "due")]
    assert deployed.lying("usage") == []


def test_what_fails_again_at_once_may_go_back_again_at_once(deployed: Deployed) -> None:
    for _ in range(2):
        deployed.give_up("again", "unknown_account: 1 of 1 events")
        run(deployed, "redrive", "--queue", "usage")

        assert deployed.lying("usage") == [("acme", "again")]


def test_what_comes_while_it_works_stays_so_that_it_ends(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.give_up("again", "unknown_account: 1 of 1 events")
    deployed.sqs = Instead(deployed.sqs, {"receive_message": a_minute_later})

    run(deployed, "redrive", "--queue", "usage")

    assert capsys.readouterr().out == "usage: 0 sent back, 1 still there\n"
    assert deployed.lying("usage-dead") == [("acme", "again")]


def test_what_fails_anew_within_the_same_second_is_not_sent_round(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.give_up("again", "unknown_meter: 1 of 1 events")
    real = deployed.sqs

    def failing_anew(**asked: Any) -> Any:
        sent = real.send_message(**asked)
        deployed.sqs = real
        deployed.give_up("again", "unknown_meter: 1 of 1 events")
        return sent

    deployed.sqs = Instead(real, {"send_message": failing_anew})
    run(deployed, "redrive", "--queue", "usage")

    assert capsys.readouterr().out == "usage: 1 sent back, 1 still there\n"


def a_minute_later(**asked: Any) -> Any:
    """What is received, sent a minute later than it was."""
    answer = client().receive_message(**asked)
    for each in answer.get("Messages", []):
        each["Attributes"]["SentTimestamp"] = str(int(each["Attributes"]["SentTimestamp"]) + 60_000)
    return answer


def test_what_the_queue_does_not_take_stays(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.give_up("a", "invalid: events")
    deployed.sqs.delete_queue(QueueUrl=deployed.urls["usage"])

    with pytest.raises(SystemExit) as stopped:
        run(deployed, "redrive", "--queue", "usage")

    assert str(stopped.value).startswith("redrive stopped: ")
    assert "usage: 0 sent back, 1 still there" in capsys.readouterr().out
    assert deployed.lying("usage-dead") == [("acme", "a")]


@pytest.mark.parametrize("do", ["list", "redrive"])
def test_where_nothing_lies_nothing_happens(deployed: Deployed, capsys: pytest.CaptureFixture[str], do: str) -> None:
    run(deployed, do)

    told = capsys.readouterr().out.splitlines()
    assert [each.split(":")[0] for each in told] == ["stripe-events", "usage", "due", "recharge"]
    assert all(": 0 " in each for each in told)


@pytest.mark.parametrize("do", ["list", "redrive"])
def test_an_id_that_is_not_there_is_told(deployed: Deployed, do: str) -> None:
    deployed.give_up("a", "invalid: events")

    with pytest.raises(SystemExit, match="no 123 there"):
        run(deployed, do, "--id", "123")

    assert deployed.lying("usage-dead") == [("acme", "a")]


UNFIT = [
    ("an unknown stack", ["--stage", "nowhere", "list"], "list stopped: An error occurred"),
    ("a stack of something else", ["--stack", "other", "redrive"], "other tells no queue of stripe-events"),
]


@pytest.mark.parametrize(("why", "arguments", "said"), UNFIT, ids=[row[0] for row in UNFIT])
def test_a_stack_without_our_queues_is_told(deployed: Deployed, why: str, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments, deployed)

    assert said in str(stopped.value), why


BAD = [
    ("no stack", ["list"], "--stage"),
    ("nothing to do", ["--stage", "prod"], "do"),
    ("an unknown thing to do", ["--stage", "prod", "delete"], "delete"),
    ("an unknown queue", ["--stage", "prod", "list", "--queue", "journal"], "journal"),
]


@pytest.mark.parametrize(("why", "arguments", "said"), BAD, ids=[row[0] for row in BAD])
def test_bad_arguments_are_told(why: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments, None)

    assert said in capsys.readouterr().err, why
