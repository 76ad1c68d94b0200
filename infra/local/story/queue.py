"""The usage queue: as a backend of the same AWS account writes to it, and its dead letters as an operator sees them."""

import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from typing import Any
from uuid import uuid4

from infra import dead_letters
from infra.local.aws import client
from infra.resources import logical_id

STACK = "billing-local"


class UsageQueue:
    """One run's queue; to the operator's command it is the stack, which nothing on this machine is."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._sqs = client("sqs", addresses["aws"])
        self._urls = {"Queue": addresses["usage_queue"], "DeadLetters": addresses["usage_dead_letters"]}

    def send(self, account: str, *events: Mapping[str, Any]) -> None:
        """One message with events of this account."""
        self._sqs.send_message(
            QueueUrl=self._urls["Queue"],
            MessageBody=json.dumps({"events": [{"account": account, **event} for event in events]}),
            MessageGroupId=account,
            MessageDeduplicationId=uuid4().hex,
        )

    def operate(self, do: str) -> str:
        """What `python -m infra.dead_letters` prints when it is to list or redrive."""
        said = StringIO()
        with redirect_stdout(said):
            dead_letters.main(["--stack", STACK, do, "--queue", "usage"], self, wait_seconds=0)
        return said.getvalue()

    def client(self, service: str) -> Any:
        return {"sqs": self._sqs, "cloudformation": self}[service]

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 as AWS names it
        told = {f"{logical_id('usage', kind)}Url": url for kind, url in self._urls.items()}
        outputs = [{"OutputKey": name, "OutputValue": url} for name, url in told.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}
