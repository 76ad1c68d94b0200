"""Every way into the service, on one page; each makes one call.

Chalice takes a queue's or stream's name here only as a placeholder: infra/template.py says which they are.
"""

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, Rate, SQSEvent

from chalicelib import wiring
from chalicelib.actions.audit_all import audit_all
from chalicelib.actions.book_due import book_due
from chalicelib.actions.catch_up import catch_up as catch_up_with_stripe
from chalicelib.actions.follow_journal import follow_journal
from chalicelib.actions.handle_stripe_event import Fresh, handle_stripe_event
from chalicelib.actions.recharge import pursue
from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sweep import sweep
from chalicelib.web import (
    accounts,
    adjustments,
    audit,
    audit_log,
    credits,
    erasure,
    export,
    health,
    holds,
    invitations,
    invoices,
    keys,
    members,
    openapi,
    plans,
    portal,
    queues,
    recharge,
    reports,
    roles,
    stripe_webhook,
    subscription,
    usage,
)
from chalicelib.web.routes import mount
from chalicelib.web.usage_queue import record_message

app = Chalice(app_name="billing", configure_logs=False)
mount(
    app, wiring.deps,
    health.routes, plans.routes, accounts.routes, subscription.routes, usage.routes, holds.routes, reports.routes,
    credits.routes, adjustments.routes, recharge.routes, audit.routes, portal.routes, invoices.routes,
    keys.routes, members.routes, invitations.routes, roles.routes, audit_log.routes, export.routes,
    erasure.routes, openapi.routes, stripe_webhook.routes,
)  # fmt: skip


@app.on_sqs_message(queue_arn="stripe-events", batch_size=10)
def on_stripe_event(event: SQSEvent) -> dict[str, Any]:
    fresh: Fresh = set()
    return queues.in_order(event, lambda one: handle_stripe_event(wiring.deps(), queues.stripe_event(one), fresh))


@app.on_sqs_message(queue_arn="usage", batch_size=10)
def on_usage(event: SQSEvent) -> dict[str, Any]:
    return queues.in_order(event, lambda one: record_message(wiring.deps(), one))


@app.on_sqs_message(queue_arn="due", batch_size=10)
def on_due(event: SQSEvent) -> dict[str, Any]:
    return queues.in_order(event, lambda one: book_due(wiring.deps(), queues.due(one)))


@app.on_sqs_message(queue_arn="recharge", batch_size=10)
def on_recharge(event: SQSEvent) -> dict[str, Any]:
    return queues.in_order(event, lambda one: pursue(wiring.deps(), queues.recharge(one)))


@app.on_dynamodb_record(stream_arn="core", batch_size=100)
def on_journal(event: DynamoDBEvent) -> None:
    follow_journal(wiring.deps(), [wiring.entry_of(record.new_image) for record in event])


@app.schedule(Rate(1, unit=Rate.MINUTES))
def every_minute(_: CloudWatchEvent) -> None:
    sweep(wiring.deps())


@app.schedule(Rate(15, unit=Rate.MINUTES))
def catch_up(_: CloudWatchEvent) -> None:
    catch_up_with_stripe(wiring.deps())


@app.schedule(Cron(0, 3, "*", "*", "?", "*"))
def nightly(_: CloudWatchEvent) -> None:
    try:
        reconcile(wiring.deps())
    finally:
        audit_all(wiring.deps())
