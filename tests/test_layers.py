"""The house is in order, and the checker that says so notices when it is not."""

from pathlib import Path

import pytest

from tests.layers import problems

ROOT = Path(__file__).parents[1]
RULE, ACTION, EDGE = "chalicelib/domain/credits.py", "chalicelib/actions/check.py", "chalicelib/web/usage.py"
STORE, AWS = "chalicelib/adapters/dynamo/store.py", "chalicelib/adapters/aws.py"

CROSSED = [
    ("rules know no vendor", RULE, "import stripe", "stripe"),
    ("rules know no action", RULE, "from chalicelib.actions import check", "actions.check"),
    ("rules know no error of ours", RULE, "from chalicelib import errors", "errors"),
    ("rules read no clock", RULE, "from time import monotonic", "time"),
    ("rules read no environment", RULE, "import os", "os"),
    ("rules read no file", "chalicelib/domain/catalogue.py", "text = open('a.toml').read()", "io"),
    ("actions know no adapter", ACTION, "from chalicelib.adapters.dynamo import store", "adapters"),
    ("actions know no adapter, lazily", ACTION, "def f():\n    import pynamodb.models", "pynamodb"),
    ("actions know no web", ACTION, "from chalicelib.web.keys import key", "web"),
    ("actions read no settings by themselves", ACTION, "from chalicelib.wiring import deps", "wiring"),
    ("one vendor a folder: dynamo", STORE, "import stripe", "stripe"),
    ("one vendor a folder: stripe", "chalicelib/adapters/stripe/gateway.py", "import boto3", "boto3"),
    ("one vendor a folder: aws", AWS, "from pynamodb.models import Model", "pynamodb"),
    ("adapters do not know each other", AWS, "from chalicelib.adapters import dynamo", "dynamo"),
    ("adapters know no action", AWS, "import chalicelib.actions.check", "actions"),
    ("edges know no adapter", EDGE, "from chalicelib.adapters.dynamo.store import Store", "adapters"),
    ("edges know no vendor", EDGE, "import stripe", "stripe"),
    ("errors know nothing", "chalicelib/errors.py", "from chalicelib.domain import money", "domain"),
    ("messages know rules only", "chalicelib/messages.py", "from chalicelib import deps", "deps"),
    ("deps know no adapter", "chalicelib/deps/store.py", "from chalicelib.adapters import aws", "adapters"),
    ("app is one page of entries", "app.py", "from chalicelib.adapters import aws", "adapters"),
    ("app knows no rule", "app.py", "from chalicelib.domain import money", "domain"),
    ("the service knows no tool", "chalicelib/wiring.py", "from infra.local import clock", "infra"),
    ("the service knows no test", "chalicelib/wiring.py", "import tests.builders", "tests"),
    ("no relative way around", ACTION, "from ..adapters import aws", "adapters"),
    ("no name at run time", ACTION, "module = __import__('stripe')", "importlib"),
    ("deploying needs no local run", "infra/deploy.py", "from infra.local.clock import Clock", "infra.local"),
    ("tools know no test", "infra/package.py", "from tests import layers", "tests"),
    ("a file nobody planned", "chalicelib/tools.py", "x = 1", "no layer"),
    ("one module issues transactions", STORE, "call('TransactWriteItems')", "transactions"),
    ("nor through PynamoDB", ACTION, "with TransactWrite(connection=c): ...", "transactions"),
    ("nothing new at the top level", "scripts/fix.py", "x = 1", "top level"),
    ("301 lines", RULE, "x = 1\n" * 301, "301 lines"),
    ("a function of 41 lines", RULE, "def f():\n" + "    x = 1\n" * 40, "f has 41 lines"),
    ("a folder that is no package", "tests/new/test_it.py", "x = 1", "__init__.py"),
]  # fmt: skip

ALLOWED = [
    ("rules know rules", RULE, "from chalicelib.domain.money import Money"),
    ("actions know rules", ACTION, "from chalicelib.domain import usage"),
    ("actions know what they are given", ACTION, "from chalicelib.deps import Deps"),
    ("the dynamo folder knows PynamoDB", "chalicelib/adapters/dynamo/items.py", "from pynamodb.models import Model"),
    ("the stripe folder knows Stripe", "chalicelib/adapters/stripe/gateway.py", "import stripe"),
    ("edges call actions", EDGE, "from chalicelib.actions import record_usage"),
    ("wiring introduces everybody", "chalicelib/wiring.py", "from chalicelib.adapters import aws, dynamo, stripe"),
    ("transactions are issued here", "chalicelib/adapters/dynamo/transactions.py", "call('TransactWriteItems')"),
    ("300 lines", RULE, "x = 1\n" * 300),
    ("a function of 40 lines", RULE, "def f():\n" + "    x = 1\n" * 39),
]


def test_every_file_keeps_to_its_layer() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(("reason", "path", "text", "complaint"), CROSSED, ids=[row[0] for row in CROSSED])
def test_a_crossed_layer_is_noticed(tmp_path: Path, reason: str, path: str, text: str, complaint: str) -> None:
    plant(tmp_path, path, text)

    found = problems(tmp_path)

    assert len(found) == 1, reason
    assert complaint in found[0]


@pytest.mark.parametrize(("reason", "path", "text"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_what_a_layer_may_do_is_let_be(tmp_path: Path, reason: str, path: str, text: str) -> None:
    plant(tmp_path, path, text)

    assert problems(tmp_path) == [], reason


def plant(root: Path, path: str, text: str) -> None:
    """A tree that holds this one file, in packages where it is inside the known folders."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent != root and "new" not in file.parts:
        (file.parent / "__init__.py").touch()
    file.write_text(text)
