"""The one rule, as a checker over a source tree: which file may import what, and how long it may grow.

Rules know nothing, actions know rules, adapters know vendors, edges know people; wiring introduces them.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES, FUNCTION_LINES = 300, 40
TOP_LEVEL = {
    "app.py", "requirements.txt", "chalicelib", "infra", "tests", "README.md", "CHANGELOG.md", "LICENSE", "Makefile",
    "pyproject.toml", "build",
}  # fmt: skip
FACTS = (
    "chalicelib.domain",
    "chalicelib.errors",
    "chalicelib.credit_errors",
    "chalicelib.people_errors",
    "chalicelib.request_errors",
    "chalicelib.messages",
)
GIVEN = (*FACTS, "chalicelib.deps", "chalicelib.settings")
# The longest name that fits a module decides. What is not listed, beside the standard library, it may not import.
MAY_IMPORT = {
    "app": (
        "chalice",
        "chalicelib.web",
        "chalicelib.wiring",
        "chalicelib.actions",
        "chalicelib.messages",
        "chalicelib.errors",
    ),
    "chalicelib.errors": (),
    "chalicelib.credit_errors": ("chalicelib.errors",),
    "chalicelib.people_errors": ("chalicelib.errors",),
    "chalicelib.request_errors": ("chalicelib.errors",),
    "chalicelib.messages": ("chalicelib.domain",),
    "chalicelib.settings": ("chalicelib.domain", "chalicelib.errors"),
    "chalicelib.deps": (*FACTS, "chalicelib.deps", "chalicelib.settings"),
    "chalicelib.domain": ("chalicelib.domain",),
    "chalicelib.actions": (*GIVEN, "chalicelib.actions"),
    "chalicelib.adapters.dynamo": (*GIVEN, "chalicelib.adapters.dynamo", "pynamodb", "botocore"),
    "chalicelib.adapters.stripe": (*GIVEN, "chalicelib.adapters.stripe", "stripe"),
    "chalicelib.adapters.aws": (*GIVEN, "chalicelib.adapters.aws", "boto3", "botocore"),
    "chalicelib.adapters.clock": ("chalicelib.domain",),
    "chalicelib.adapters.threads": (),
    "chalicelib.adapters.logs": (),
    "chalicelib.web": (
        *FACTS,
        "chalicelib.deps",
        "chalicelib.actions",
        "chalicelib.web",
        "chalice",
        "msgspec",
        "jinja2",
    ),
    "chalicelib.wiring": ("chalicelib",),
}
# The world outside: the environment, files, the network, the time of day, chance.
OUTSIDE = {
    "os", "io", "pathlib", "time", "random", "secrets", "socket", "subprocess", "shutil", "tempfile", "threading",
    "asyncio", "urllib", "http", "importlib",
}  # fmt: skip
INSIDE = ("chalicelib.domain", "chalicelib.actions", "chalicelib.deps", "chalicelib.errors", "chalicelib.messages")
LOCAL = ("infra.local",)
TRANSACTIONS = "chalicelib/adapters/dynamo/transactions.py"
TRANSACTION_WORDS = ("TransactWriteItems", "transact_write", "TransactWrite(")


def problems(root: Path) -> list[str]:
    """Every breach under `root`, as `path:line: what`; empty when the house is in order."""
    found = [f"{path.name}: has no place at the top level" for path in root.iterdir() if not _may_stand(path)]
    for path in sorted(_sources(root)):
        text = path.read_text()
        where, tree = path.relative_to(root), ast.parse(text)
        complaints = [*_imports(where, tree), *_transactions(where, text), *_sizes(text, tree)]
        if not (path.parent / "__init__.py").exists() and path.parent != root:
            complaints.append((1, "stands in a folder without __init__.py"))
        found += [f"{where}:{line}: {what}" for line, what in complaints]
    return found


def _sources(root: Path) -> Iterator[Path]:
    yield from root.glob("*.py")
    for folder in ("chalicelib", "infra", "tests"):
        yield from (root / folder).rglob("*.py")


def _may_stand(path: Path) -> bool:
    return path.name in TOP_LEVEL or path.name.startswith((".", "__pycache__"))


def _imports(where: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    module = ".".join(where.with_suffix("").parts).removesuffix(".__init__")
    if tree.body and not _within(module, ("infra", "tests")) and _layer(module) is None:
        yield 1, f"{module} is in no layer"
        return
    for line, name in _imported(tree):
        if not _may_import(module, name):
            yield line, f"{module} may not import {name}"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every import, also the ones inside functions: `from a.b import c` counts as a.b.c."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Name) and node.id in ("__import__", "open"):
            yield node.lineno, {"__import__": "importlib", "open": "io"}[node.id]


def _may_import(module: str, name: str) -> bool:
    if name.split(".")[0] in sys.stdlib_module_names:
        return not (_within(module, INSIDE) and _within(name, OUTSIDE))
    if _within(module, ("infra",)):
        return not _within(name, ("tests",)) and (_within(module, LOCAL) or not _within(name, LOCAL))
    return _within(module, ("tests",)) or _within(name, MAY_IMPORT.get(_layer(module) or "", ()))


def _layer(module: str) -> str | None:
    return max((layer for layer in MAY_IMPORT if _within(module, (layer,))), key=len, default=None)


def _within(name: str, packages: tuple[str, ...] | set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _transactions(where: Path, text: str) -> Iterator[tuple[int, str]]:
    if where.parts[0] != "chalicelib" or where.as_posix() == TRANSACTIONS:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if any(word in line for word in TRANSACTION_WORDS):
            yield number, f"only {TRANSACTIONS} issues transactions"


def _sizes(text: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield lines, f"{lines} lines: more than {FILE_LINES} are two jobs"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines: more than {FUNCTION_LINES} are two jobs"
