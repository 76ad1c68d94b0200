"""When a person must look: every alarm of the deployment. They tell the SNS topic that the stack is given, if any."""

from collections.abc import Iterable
from typing import Any

from infra.resources import QUEUES, logical_id

MINUTE = 60


def cloudformation() -> dict[str, Any]:
    """The alarms as CloudFormation resources."""
    alarms = {f"{dead}Waiting": _dead_letters(dead) for dead in _dead_letter_queues()}
    alarms |= {f"{queue}Stuck": _stuck(queue) for queue in (logical_id(name, "Queue") for name in QUEUES)}
    return alarms | {
        "JournalBehind": _alarm(
            "The journal's events reach the bus more than five minutes late.",
            "AWS/Lambda", "IteratorAge", {"FunctionName": {"Ref": "OnJournal"}}, above=5 * MINUTE * 1000,
        ),
        "SweepFails": _alarm(
            "What is due is not being found: the minute's sweep keeps failing.",
            "AWS/Lambda", "Errors", {"FunctionName": {"Ref": "EveryMinute"}}, above=2, statistic="Sum",
        ),
        # A key's writes end at a thousand units a second, which no more money lifts.
        # Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TroubleshootingThrottling-cloudwatch.html
        "WritesThrottled": _alarm(
            "DynamoDB keeps refusing writes: most likely one account gets more calls than one key takes.",
            "AWS/DynamoDB", "WriteThrottleEvents", {"TableName": {"Ref": "CoreTable"}}, above=100, statistic="Sum",
        ),
        "AuditFindings": _alarm(
            "An account's records contradict each other or Stripe's, or could not be audited: see the nightly log.",
            "Billing", "AuditFindings", {"FunctionName": {"Ref": "Nightly"}}, above=0, statistic="Sum",
        ),
        "WebhookFails": _alarm(
            "Stripe's events are being turned away with 5xx; Stripe sends them again for three days.",
            "AWS/ApiGateway", "5XXError", _webhook(), above=0, statistic="Sum",
        ),
    }  # fmt: skip


def _dead_letter_queues() -> Iterable[str]:
    return [logical_id(name, "DeadLetters") for name in (*QUEUES, "journal")]


def _dead_letters(queue: str) -> dict[str, Any]:
    what = "A message was given up and waits in the dead-letter queue: look why, then send it back."
    return _alarm(what, "AWS/SQS", "ApproximateNumberOfMessagesVisible", _queue(queue), above=0)


def _stuck(queue: str) -> dict[str, Any]:
    what = "A message has been waiting for more than 15 minutes: the consumer fails or does not keep up."
    return _alarm(what, "AWS/SQS", "ApproximateAgeOfOldestMessage", _queue(queue), above=15 * MINUTE)


def _queue(queue: str) -> dict[str, Any]:
    return {"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}}


def _webhook() -> dict[str, Any]:
    api = {"Fn::Sub": "${AWS::StackName}"}
    return {"ApiName": api, "Stage": "api", "Resource": "/stripe/webhook", "Method": "POST"}


def _alarm(
    what: str, namespace: str, metric: str, dimensions: dict[str, Any], *, above: int, statistic: str = "Maximum"
) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": what,
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Statistic": statistic,
            "Period": 5 * MINUTE,
            "EvaluationPeriods": 1,
            "Threshold": above,
            "ComparisonOperator": "GreaterThanThreshold",
            # A queue or function at rest reports nothing, and nothing is well.
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]}],
        },
    }
