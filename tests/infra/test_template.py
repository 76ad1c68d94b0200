"""Promises of the deployed template: nothing is lost, and no function may touch more than it needs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalicelib.domain.claims import HELD_SECONDS
from chalicelib.settings import OPTIONAL, REQUIRED
from infra.package import functions, lint
from infra.template import SECRETS

Template = dict[str, Any]
CONSUMERS = {
    "OnStripeEvent": "StripeEventsQueue", "OnUsage": "UsageQueue", "OnDue": "DueQueue", "OnRecharge": "RechargeQueue",
}  # fmt: skip


def test_cfn_lint_finds_nothing(packaged: Path) -> None:
    lint(packaged / "sam.json")


def test_every_way_in_is_deployed(template: Template) -> None:
    scheduled = {"EveryMinute", "CatchUp", "Nightly"}

    assert set(functions(template)) == {"APIHandler", "OnJournal", *CONSUMERS, *scheduled}


def test_a_method_that_a_path_lacks_is_answered_by_the_service(template: Template) -> None:
    paths = api_body(template)["paths"]

    assert "/v1/plans" in paths
    assert not [path for path, methods in paths.items() if "x-amazon-apigateway-any-method" not in methods]


def test_api_gateway_answers_in_our_form(template: Template) -> None:
    answers = api_body(template)["x-amazon-apigateway-gateway-responses"]

    assert answers["REQUEST_TOO_LARGE"]["statusCode"] == "413"


def test_each_consumer_takes_from_its_own_queue(template: Template) -> None:
    for name, queue in CONSUMERS.items():
        assert event_of(template, name)["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_one_bad_message_does_not_bring_back_its_whole_batch(template: Template) -> None:
    for name in (*CONSUMERS, "OnJournal"):
        assert event_of(template, name)["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_a_message_that_keeps_failing_is_set_aside_in_order_and_kept(template: Template) -> None:
    for queue in CONSUMERS.values():
        properties = template["Resources"][queue]["Properties"]
        target, _ = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"]
        dead = template["Resources"][target]["Properties"]

        assert properties["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert dead["FifoQueue"] is properties["FifoQueue"] is True
        assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_stays_hidden_for_six_timeouts_of_its_function(template: Template) -> None:
    for name, queue in CONSUMERS.items():
        visibility = template["Resources"][queue]["Properties"]["VisibilityTimeout"]

        assert visibility >= 6 * functions(template)[name]["Timeout"], name


def test_who_holds_an_idempotency_key_for_its_lease_is_dead(template: Template) -> None:
    assert functions(template)["APIHandler"]["Timeout"] + 10 <= HELD_SECONDS


def test_what_stripe_tells_outlasts_hours_in_which_stripe_does_not_answer(template: Template) -> None:
    queue = template["Resources"]["StripeEventsQueue"]["Properties"]
    seconds = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]

    assert 8 * 3600 <= seconds < queue["MessageRetentionPeriod"]


def test_consumers_ask_stripe_no_more_often_than_it_takes(template: Template) -> None:
    at_once = {name: event_of(template, name).get("ScalingConfig", {}).get("MaximumConcurrency") for name in CONSUMERS}

    assert at_once == {"OnStripeEvent": 5, "OnDue": 2, "OnRecharge": 2, "OnUsage": None}


def test_the_journal_is_followed_from_its_start_and_failures_are_set_aside(template: Template) -> None:
    event = event_of(template, "OnJournal")

    assert event["Stream"] == {"Fn::GetAtt": ["CoreTable", "StreamArn"]}
    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] == 20
    assert event["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["JournalDeadLetters", "Arn"]}


def test_the_journal_outlives_its_stack(template: Template) -> None:
    core = template["Resources"]["CoreTable"]

    assert core["DeletionPolicy"] == "RetainExceptOnCreate"
    assert core["Properties"]["DeletionProtectionEnabled"] is True
    assert core["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_functions_find_every_setting_and_no_other(template: Template) -> None:
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])

    assert set(REQUIRED) <= given <= set(REQUIRED | OPTIONAL)


def test_no_secret_is_in_the_template_or_its_parameters(template: Template) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    for name in SECRETS:
        assert variables[name]["Fn::Sub"].startswith("{{resolve:secretsmanager:${Secret}:")


def test_api_gateway_throttles_every_method(template: Template) -> None:
    parameters = template["Parameters"]
    every, webhook = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]

    assert (every["ResourcePath"], every["HttpMethod"]) == ("/*", "*")
    for method in (every, webhook):
        assert parameters[method["ThrottlingRateLimit"]["Ref"]]["Default"] == 1_000
        assert parameters[method["ThrottlingBurstLimit"]["Ref"]]["Default"] == 2_000
    assert webhook["MetricsEnabled"] is True


def test_each_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [json.dumps(properties["Role"]) for properties in functions(template).values()]

    assert len(set(roles)) == len(roles)


def test_policies_name_only_resources_of_this_stack(template: Template) -> None:
    for role, statement in statements(template):
        # ListStreams knows no resource.
        if statement["Action"] != ["dynamodb:ListStreams"]:
            assert own(statement["Resource"], template), f"{role}: {statement['Resource']}"


def test_policies_name_single_actions(template: Template) -> None:
    for role, statement in statements(template):
        assert not [action for action in statement["Action"] if "*" in action], role


def test_each_function_may_write_its_own_log_only(template: Template) -> None:
    logs = {
        role: statement["Resource"]["Fn::Sub"]
        for role, statement in statements(template)
        if statement["Sid"] == "WriteItsLog"
    }

    for name, properties in functions(template).items():
        role, _ = properties["Role"]["Fn::GetAtt"]
        assert logs[role].endswith(f"/aws/lambda/${{AWS::StackName}}-{name}-*:*")


def test_every_dead_letter_queue_has_an_alarm(template: Template) -> None:
    dead = {name for name in template["Resources"] if name.endswith("DeadLetters")}
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for name, alarm in template["Resources"].items()
        if name.endswith("DeadLettersWaiting")
    }

    assert watched == dead
    assert len(dead) == 5


def api_body(template: Template) -> dict[str, Any]:
    return template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]


def event_of(template: Template, function: str) -> dict[str, Any]:
    (event,) = functions(template)[function]["Events"].values()
    return event["Properties"]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def own(resource: Any, template: Template) -> bool:
    """True of a reference to a resource of the template, and of this stack's log groups."""
    if "Fn::GetAtt" in resource:
        return resource["Fn::GetAtt"][0] in template["Resources"]
    named = resource["Fn::Sub"]
    return named.startswith("${CoreTable.Arn}/index/") or ":log-group:/aws/lambda/${AWS::StackName}-" in named
