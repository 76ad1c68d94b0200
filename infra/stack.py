"""Brings a CloudFormation stack to a template by a change set, and tells why when it does not come.

A template with a transform is only accepted by way of a change set.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, WaiterError

NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


class StackFailed(Exception):
    """The stack did not get where it should; the message holds CloudFormation's reasons."""


def stack_name(stage: str, given: str | None = None) -> str:
    """The stack of a stage, unless it was given another name."""
    return given or f"billing-{stage}"


def apply(cloudformation: Any, stack: str, template_url: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Creates or updates the stack, waits until that is done, and returns its outputs; raises StackFailed."""
    # A name of its own: the change set of an earlier run may still be there.
    change_set = f"deploy-{uuid.uuid4()}"
    kind = "UPDATE" if _exists(cloudformation, stack) else "CREATE"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=change_set,
        ChangeSetType=kind,
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    if _has_changes(cloudformation, stack, change_set):
        cloudformation.execute_change_set(StackName=stack, ChangeSetName=change_set)
        _wait(cloudformation, stack, f"stack_{kind.lower()}_complete")
    return outputs(cloudformation, stack)


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """What the stack tells of itself; raises ClientError if it is not there."""
    description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def _exists(cloudformation: Any, stack: str) -> bool:
    try:
        description = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    # A change set that was never executed leaves a stack that does not exist yet.
    return description["StackStatus"] != "REVIEW_IN_PROGRESS"


def _has_changes(cloudformation: Any, stack: str, change_set: str) -> bool:
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack, ChangeSetName=change_set, WaiterConfig={"Delay": 5, "MaxAttempts": 60}
        )
    except WaiterError as error:
        failed = cloudformation.describe_change_set(StackName=stack, ChangeSetName=change_set)
        reason = failed.get("StatusReason", "")
        if any(words in reason for words in NOTHING_TO_DO):
            return False
        raise StackFailed(f"CloudFormation refused the change: {reason}") from error
    return True


def _wait(cloudformation: Any, stack: str, until: str) -> None:
    try:
        cloudformation.get_waiter(until).wait(StackName=stack, WaiterConfig={"Delay": 10, "MaxAttempts": 360})
    except WaiterError as error:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise StackFailed("\n".join(["The stack was rolled back:", *reasons])) from error
