"""What CloudFormation is told beyond what Chalice knows; merged over Chalice's own template.

The merge replaces scalars and lists and goes into objects, but deletes nothing: app.py therefore names queues and the
stream by placeholder strings, which the references here replace.
"""

import json
from typing import Any

from infra import alarms, resources

# Values stand in the secret under these names, as functions find them in their environment.
SECRETS = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS", "KEY_PEPPER")
# One process answers one request at a time, a short one in some ten milliseconds: no honest caller keeps one so busy.
RATE_LIMIT = 50
# AWS gives an account 10,000 a second and 5,000 at once, for all of its APIs together.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
THROTTLE_RATE, THROTTLE_BURST = 1_000, 2_000
PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def merge_template() -> dict[str, Any]:
    """The template to merge over Chalice's."""
    functions = {_id(function): _consumer(function, queue) for queue, function in resources.CONSUMERS.items()}
    return {
        "Parameters": _parameters(),
        "Conditions": {"HasAlarmTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopic"}, ""]}]}},
        "Globals": {"Function": {"Environment": {"Variables": _environment()}}},
        "Resources": {
            **resources.cloudformation(),
            **functions,
            "OnJournal": _follower(),
            "RestAPI": _api(),
            # Chalice names this log group after a function that its template calls otherwise.
            "ApiHandlerLogGroup": {"Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${APIHandler}"}}},
            **alarms.cloudformation(),
        },
        "Outputs": _outputs(),
    }


def _parameters() -> dict[str, Any]:
    switch = {"Type": "String", "AllowedValues": ["on", "off"]}
    return {
        "Secret": {
            "Type": "String",
            "Description": f"Name of the Secrets Manager secret that holds {', '.join(SECRETS)} as JSON.",
        },
        "SecretVersion": {
            "Type": "String",
            "Description": "Its version id: a new version is a change, so rotated secrets reach the functions.",
        },
        "ReturnHosts": {
            "Type": "String",
            "MinLength": 1,
            "Description": "Hosts, separated by commas, that a customer may be sent back to from Stripe.",
        },
        "StripeLivemode": {**switch, "Default": "off", "Description": "on where Stripe's key is a live one."},
        "StripeTax": {**switch, "Default": "on", "Description": "on where Stripe Tax computes the tax."},
        "AlarmTopic": {"Type": "String", "Default": "", "Description": "ARN of the SNS topic that alarms tell."},
        **_limits(),
    }


def _limits() -> dict[str, Any]:
    number = {"Type": "Number", "MinValue": 0, "MaxValue": 999_999}
    return {
        "RateLimit": {
            **number,
            "Default": RATE_LIMIT,
            "Description": "Requests a second that one key may send to one process; 0 is no limit.",
        },
        "ThrottleRate": {
            **number,
            "Default": THROTTLE_RATE,
            "Description": "Requests a second that API Gateway lets through to each method.",
        },
        "ThrottleBurst": {
            **number,
            "Default": THROTTLE_BURST,
            "Description": "Requests that API Gateway lets through to each method at once.",
        },
    }


def _environment() -> dict[str, Any]:
    return {
        "CORE_TABLE": {"Ref": "CoreTable"},
        "EPHEMERAL_TABLE": {"Ref": "EphemeralTable"},
        "STRIPE_EVENTS_QUEUE": {"Ref": "StripeEventsQueue"},
        "DUE_QUEUE": {"Ref": "DueQueue"},
        "RECHARGE_QUEUE": {"Ref": "RechargeQueue"},
        "USAGE_DEAD_LETTERS": {"Ref": "UsageDeadLetters"},
        "EVENT_BUS": {"Ref": "JournalBus"},
        "RETURN_HOSTS": {"Ref": "ReturnHosts"},
        "STRIPE_LIVEMODE": {"Ref": "StripeLivemode"},
        "STRIPE_TAX": {"Ref": "StripeTax"},
        "RATE_LIMIT": {"Ref": "RateLimit"},
        **{name: _secret(name) for name in SECRETS},
    }


def _secret(name: str) -> dict[str, str]:
    # CloudFormation reads the value itself while it deploys: it is in no template, parameter or shell. Of its dynamic
    # references only Secrets Manager's may stand in a function's environment (ssm-secure may not).
    return {"Fn::Sub": f"{{{{resolve:secretsmanager:${{Secret}}:SecretString:{name}::${{SecretVersion}}}}}}"}


def _consumer(function: str, queue: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"Queue": {"Fn::GetAtt": [resources.logical_id(queue, "Queue"), "Arn"]}, **PARTIAL}
    if queue in resources.CONCURRENCY:
        properties["ScalingConfig"] = {"MaximumConcurrency": resources.CONCURRENCY[queue]}
    return {"Properties": {"Events": {f"{_id(function)}SqsEventSource": {"Properties": properties}}}}


def _follower() -> dict[str, Any]:
    keys = {"sk": {"S": [{"prefix": resources.FOLLOWED_KEYS}]}}
    new_entries = {"eventName": [resources.FOLLOWED_CHANGE], "dynamodb": {"Keys": keys}}
    properties = {
        "Stream": {"Fn::GetAtt": ["CoreTable", "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(new_entries)}]},
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 20,
        "DestinationConfig": {
            "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["JournalDeadLetters", "Arn"]}}
        },
        **PARTIAL,
    }
    return {"Properties": {"Events": {"OnJournalDynamodbEventSource": {"Properties": properties}}}}


def _api() -> dict[str, Any]:
    # The webhook alone is counted by itself: each method's own metrics cost extra.
    throttled = {"ThrottlingRateLimit": {"Ref": "ThrottleRate"}, "ThrottlingBurstLimit": {"Ref": "ThrottleBurst"}}
    every = {"ResourcePath": "/*", "HttpMethod": "*", **throttled}
    # A method with settings of its own has none of every method's.
    counted = {"ResourcePath": "/~1stripe~1webhook", "HttpMethod": "POST", "MetricsEnabled": True, **throttled}
    return {"Properties": {"Name": {"Fn::Sub": "${AWS::StackName}"}, "MethodSettings": [every, counted]}}


def _outputs() -> dict[str, Any]:
    queues = [resources.logical_id(name, kind) for name in resources.QUEUES for kind in ("Queue", "DeadLetters")]
    return {
        **{f"{queue}Url": {"Value": {"Ref": queue}} for queue in queues},
        "UsageQueueArn": {"Value": {"Fn::GetAtt": ["UsageQueue", "Arn"]}},
        "JournalBusName": {"Value": {"Ref": "JournalBus"}},
        "CoreTableName": {"Value": {"Ref": "CoreTable"}},
    }


def _id(function: str) -> str:
    return "".join(word.capitalize() for word in function.split("_"))
