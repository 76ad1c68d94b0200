"""The template as it is deployed, made once: by Chalice without dependencies, which needs no network."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.package import chalice_package, copy_project


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with sam.json and a deployment.zip without dependencies."""
    project = tmp_path_factory.mktemp("package") / "project"
    copy_project(project, dependencies=False)
    return chalice_package(project, "dev")


@pytest.fixture(scope="session")
def template(packaged: Path) -> dict[str, Any]:
    return json.loads((packaged / "sam.json").read_text())
