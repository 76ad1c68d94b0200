"""Makes what CloudFormation deploys, sam.json and deployment.zip, and tries both before they are trusted.

Chalice works on a copy of the deployable files, so nothing else in the work tree can get into the zip. Run it on the
Python version that Lambda shall run: Chalice names the runtime after it, and the bytecode is that version's.
"""

import argparse
import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from infra.api_gateway import definition
from infra.template import merge_template

ROOT = Path(__file__).resolve().parent.parent
# Of the 400 services that botocore describes in 20 MB, these are called; every client reads the files beside them.
SERVICES = ("dynamodb", "events", "sqs", "sts")
# What Lambda takes, from its quotas page: 50 MB zipped by direct upload, 250 MB unzipped.
MOST_ZIPPED, MOST_UNZIPPED = 50_000_000, 250_000_000


class PackageInvalid(Exception):
    """The package cannot be deployed; the message says why."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes and tries the deployment package.")
    parser.add_argument("stage", nargs="?", default="dev", choices=sorted(stages()))
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "package")
    arguments = parser.parse_args()
    try:
        package(arguments.stage, arguments.out)
    except PackageInvalid as error:
        sys.exit(str(error))


def stages() -> list[str]:
    """The stages that .chalice/config.json knows."""
    return list(json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"])


def package(stage: str, out: Path) -> None:
    """Makes sam.json and deployment.zip in `out`; raises PackageInvalid if either cannot be trusted."""
    with tempfile.TemporaryDirectory() as folder:
        project, code = Path(folder, "project"), Path(folder, "code")
        copy_project(project)
        made = chalice_package(project, stage)
        unpack(made / "deployment.zip", code)
        trim(code)
        compile_all(code)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        shutil.copy(made / "sam.json", out)
        size, unzipped = pack(code, out / "deployment.zip")
    lint(out / "sam.json")
    print(f"{out / 'sam.json'}: cfn-lint finds nothing")
    print(f"{out / 'deployment.zip'}: {size / 1e6:.1f} MB, unzipped {unzipped / 1e6:.1f} MB")
    if size > MOST_ZIPPED or unzipped > MOST_UNZIPPED:
        raise PackageInvalid("The package is larger than Lambda takes.")
    print(try_handlers(out), end="")


def copy_project(project: Path, *, dependencies: bool = True) -> None:
    """Copies what is deployed; without its dependencies, Chalice's template is the same and needs no network."""
    shutil.copytree(ROOT / "chalicelib", project / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".chalice", project / ".chalice", ignore=shutil.ignore_patterns("deploy*"))
    shutil.copy(ROOT / "app.py", project)
    requirements = (ROOT / "requirements.txt").read_text() if dependencies else ""
    (project / "requirements.txt").write_text(requirements)


def chalice_package(project: Path, stage: str) -> Path:
    """Runs `chalice package` with our template merged in; returns the folder with its sam.json and deployment.zip."""
    merge, made = project / "merge.json", project / "made"
    merge.write_text(json.dumps(merge_template()))
    command = ["package", "--stage", stage, "--template-format", "json", "--merge-template", str(merge), str(made)]
    # Chalice asks for a region although the template names none.
    _run(["-c", "from chalice.cli import main; main()", *command], cwd=project, env={"AWS_DEFAULT_REGION": region()})
    if not (made / "sam.json").exists():
        raise PackageInvalid("Chalice made no template.")
    _let_the_edge_answer(made / "sam.json")
    return made


def _let_the_edge_answer(sam: Path) -> None:
    # Which paths there are is known only when Chalice is through.
    template = json.loads(sam.read_text())
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    edge = definition(body["paths"])
    for path, methods in edge.pop("paths").items():
        body["paths"][path] |= methods
    body |= edge
    sam.write_text(json.dumps(template, indent=2))


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "eu-central-1"


def unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as whole:
        whole.extractall(folder)


def trim(code: Path) -> None:
    """Takes out the descriptions of AWS services that are never called."""
    for service in (code / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


def compile_all(code: Path) -> None:
    """Bytecode into the zip: Lambda cannot keep any, and compiling doubles the time of a cold start."""
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compiled = compileall.compile_dir(
        code, stripdir=str(code), prependdir="/var/task", quiet=1, invalidation_mode=unchecked
    )
    if not compiled:
        raise PackageInvalid("Some file in the package does not compile.")


def pack(code: Path, archive: Path) -> tuple[int, int]:
    """Zips the folder, the same bytes for the same files; returns its size and its size unzipped."""
    unzipped = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in sorted(path for path in code.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(code)))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, file.read_bytes())
            unzipped += file.stat().st_size
    return archive.stat().st_size, unzipped


def lint(template: Path) -> None:
    """Raises PackageInvalid with cfn-lint's findings, if there are any."""
    _run(["-c", "from cfnlint.runner import main; main()", "--regions", region(), "--template", str(template)])


def try_handlers(out: Path) -> str:
    """Imports and invokes every handler of the template from the unpacked zip; returns what they answered."""
    handlers = [properties["Handler"] for properties in functions(json.loads((out / "sam.json").read_text())).values()]
    with tempfile.TemporaryDirectory() as folder:
        unpack(out / "deployment.zip", Path(folder))
        # -I and -S: the standard library and the zip, and nothing else, can be imported.
        return _run(["-I", "-S", str(ROOT / "infra" / "try_handlers.py"), folder, *handlers], cwd=folder)


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of the template's functions by their ids."""
    resources = template["Resources"].items()
    return {name: of["Properties"] for name, of in resources if of["Type"] == "AWS::Serverless::Function"}


def _run(arguments: list[str], cwd: str | Path = ROOT, env: dict[str, str] | None = None) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackageInvalid(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
