"""The package is the same bytes for the same files, and a handler that cannot start is found before it is deployed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.package import ROOT, compile_all, pack, trim

HANDLER = "def on_usage(event, context):\n    return {'batchItemFailures': []}\n"
BROKEN = [
    ("a dependency that is not in the zip", "import stripe\n" + HANDLER, "No module named 'stripe'"),
    ("a wiring mistake", "def on_usage(event, context):\n    return missing\n", "NameError"),
    ("an answer that is no partial batch", "def on_usage(event, context):\n    return None\n", "answered None"),
]


def test_a_handler_that_answers_passes(tmp_path: Path) -> None:
    assert tried(tmp_path, HANDLER).returncode == 0


@pytest.mark.parametrize(("reason", "source", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_handler_that_cannot_work_is_found(tmp_path: Path, reason: str, source: str, words: str) -> None:
    done = tried(tmp_path, source)

    assert done.returncode != 0, reason
    assert words in done.stderr


def test_only_want_of_aws_may_keep_a_schedule_from_working(tmp_path: Path) -> None:
    refused = "class Unavailable(Exception): pass\ndef nightly(event, context):\n    raise Unavailable\n"
    broken = "def nightly(event, context):\n    raise KeyError('core')\n"

    assert tried(tmp_path, refused, "app.nightly").returncode == 0
    assert tried(tmp_path, broken, "app.nightly").returncode != 0


def test_the_same_files_give_the_same_zip(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(HANDLER)
        compile_all(tmp_path / name)
        pack(tmp_path / name, tmp_path / f"{name}.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_bytecode_is_in_the_zip_and_is_not_compared_with_its_source(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER)

    compile_all(code)
    pack(code, tmp_path / "app.zip")

    with zipfile.ZipFile(tmp_path / "app.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".pyc")]
        # The flags of PEP 552: hash-based (1), source not checked (no 2).
        assert archive.read(name)[4] == 1


def test_only_the_services_that_are_called_are_described(tmp_path: Path) -> None:
    for service in ("dynamodb", "sqs", "ec2"):
        (tmp_path / "botocore" / "data" / service).mkdir(parents=True)
    (tmp_path / "botocore" / "data" / "endpoints.json").write_text("{}")

    trim(tmp_path)

    assert sorted(path.name for path in (tmp_path / "botocore" / "data").iterdir()) == [
        "dynamodb",
        "endpoints.json",
        "sqs",
    ]


def tried(folder: Path, source: str, handler: str = "app.on_usage") -> subprocess.CompletedProcess[str]:
    """The handlers of this app.py invoked as `make package` does it."""
    (folder / "app.py").write_text(source)
    command = [sys.executable, "-I", "-S", str(ROOT / "infra" / "try_handlers.py"), str(folder), handler]
    return subprocess.run(command, capture_output=True, text=True, check=False)
