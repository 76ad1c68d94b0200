"""`python -m infra.dead_letters --stage prod list`: what was given up, why, and what to do; `redrive` sends it back.

Bodies are not printed: they may hold what a customer sent. Whoever runs this needs to read the stack, to take from its
dead-letter queues and to send to its queues.
"""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.clock import SystemClock
from chalicelib.web.times import shown
from infra.dead_letter_queue import DeadLetterQueue, Letter
from infra.resources import QUEUES, TRIES, logical_id
from infra.stack import outputs, stack_name

# An empty queue's answer is only sure if all of its servers were asked, which takes a wait of a second or more.
WAIT_SECONDS = 2
MEANING = {
    "bad_json": "Nobody can read it: mend what sends it and send that usage anew; delete this in the SQS console.",
    "too_large": "It is larger than what is taken at once: send that usage anew in parts; delete this in the console.",
    "invalid": "It is not what the usage queue takes: the body of POST /v1/usage, one account, `at` in each event. "
    "Mend what sends it and send it anew; delete this in the console.",
    "unknown_account": "No account had this id then, and none has usage from before it: mend what sends it or make the "
    "account known (PUT /v1/accounts/{account}), send that usage anew with a later `at`; delete this in the console.",
    "unknown_meter": "The catalogue had no such meter: deploy one that has it, then redrive.",
    "erased": "The account was erased: nothing counts for it any more. Send it no usage; delete this in the console.",
    "at_out_of_range": "`at` was ahead, before the account or over 35 days ago: only what was ahead counts if redriven",
}
NEWER = "This version does not know the reason: ask the one that is deployed."


class NoQueues(Exception):
    """The stack has no such queues: it is not this service, or was deployed by an older version."""


class NotFound(Exception):
    """There is no message with such an id, or it cannot be seen yet."""


def main(arguments: list[str], session: Any, *, wait_seconds: int = WAIT_SECONDS) -> None:
    options = _options(arguments)
    try:
        _work(session, options, wait_seconds)
    except (NoQueues, NotFound, ClientError, BotoCoreError) as error:
        sys.exit(f"{options.do} stopped: {error}")


def explained(queue: str, letter: Letter) -> list[str]:
    """Why the message lies there and what to do about it, line by line."""
    if letter.reason is None:
        look = "Look in its function's log for message.failed with this id, mend what it says, then redrive."
        return [f"failed {TRIES[queue]} times", look]
    codes = letter.reason.partition(":")[0].split(", ")
    return [letter.reason, *(MEANING.get(code, NEWER) for code in codes)]


def _work(session: Any, options: Namespace, wait_seconds: int) -> None:
    sqs, stack = session.client("sqs"), stack_name(options.stage, options.stack)
    urls = outputs(session.client("cloudformation"), stack)
    wanted, found = frozenset(options.id), set[str]()
    for name in [options.queue] if options.queue else QUEUES:
        url, source = (urls.get(f"{logical_id(name, kind)}Url") for kind in ("DeadLetters", "Queue"))
        if not url or not source:
            raise NoQueues(f"{stack} tells no queue of {name}: it is not this service, or deployed by an older version")
        with DeadLetterQueue(sqs, url, source, wait_seconds) as queue:
            found |= _list(name, queue, wanted) if options.do == "list" else _redrive(name, queue, wanted)
    if missing := wanted - found:
        raise NotFound(f"no {', '.join(sorted(missing))} there, unless behind ten others of its group")


def _list(name: str, queue: DeadLetterQueue, wanted: frozenset[str]) -> set[str]:
    """Prints the messages, those wanted or else all; returns their ids."""
    found = [each for each in queue.letters() if not wanted or each.id in wanted]
    print(f"{name}: {len(found)} dead letters")
    for each in found:
        print("", f"{each.id} of {each.group}, there since {shown(each.since)}", sep="  ")
        for line in explained(name, each):
            print("", line, sep="    ")
    if behind := queue.not_shown():
        print("", f"and about {behind} behind them: of a group the first ten can be seen", sep="  ")
    return {each.id for each in found}


def _redrive(name: str, queue: DeadLetterQueue, wanted: frozenset[str]) -> set[str]:
    """Sends the messages back, those wanted or else all; returns their ids."""
    # What comes back while we work has failed anew: sent once more, it would go round for ever. It may come back as
    # another message, within the very second in which this began.
    started, sent, said = SystemClock().now(), set[str](), set[tuple[str, str]]()
    try:
        for each in queue.letters():
            if (each.group, each.body) in said:
                continue
            if each.id in wanted if wanted else each.since <= started:
                queue.send_back(each)
                sent.add(each.id)
                said.add((each.group, each.body))
    finally:
        print(f"{name}: {len(sent)} sent back, {queue.left()} still there")
    return sent


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser("python -m infra.dead_letters", description="What was given up, why, and sending it back.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stage", help="the stage that was deployed; its stack is billing-<stage>")
    which.add_argument("--stack", help="name of the stack, where infra.deploy was given one")
    parser.add_argument("do", choices=["list", "redrive"], help="tell what is there, or send it to its queue again")
    parser.add_argument("--queue", choices=list(QUEUES), help="only this queue's; all of them if left out")
    parser.add_argument("--id", action="append", default=[], help="only this message; may be given more than once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:], boto3.Session())
