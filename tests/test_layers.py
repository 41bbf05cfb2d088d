"""The floors of the house (pyproject.toml, docs/architecture.md): imports go down, and every module has its floor."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["id"]: contract for contract in LINTER["contracts"]}
FLOORS: list[list[str]] = [re.split(r"[\s:|]+", floor) for floor in CONTRACTS["floors"]["layers"]]


def lint_imports(*options: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the linter sets up logging for itself."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([linter, "--no-cache", *options], cwd=ROOT, capture_output=True, text=True, check=False)


def test_contracts_are_kept() -> None:
    said = lint_imports()
    assert said.returncode == 0, said.stdout
    assert f"{len(CONTRACTS)} kept, 0 broken" in said.stdout


def test_an_import_that_goes_up_is_found(tmp_path: Path) -> None:
    """The linter is not blind: with two floors exchanged it complains."""
    config = tmp_path / "upside-down.toml"
    config.write_text(
        '[tool.importlinter]\nroot_packages = ["accounts", "albums", "images", "gallery_site"]\n'
        '[[tool.importlinter.contracts]]\nid = "wrong"\nname = "wrong"\ntype = "layers"\n'
        'layers = ["albums.models", "images.models"]\n'
    )
    said = lint_imports("--config", str(config))
    assert said.returncode == 1
    assert "images.models.places -> albums.models" in said.stdout


def _modules() -> list[str]:
    """Every module of the product that says anything."""
    found = []
    for package in LINTER["root_packages"]:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if not {"tests", "migrations", "apps"} & set(parts) and path.stat().st_size:
                found.append(".".join(part for part in parts if part != "__init__"))
    return found


def test_every_module_has_its_floor() -> None:
    placed = {name for floor in FLOORS for name in floor}
    homeless = [
        name for name in _modules() if not any(name == place or name.startswith(place + ".") for place in placed)
    ]
    assert not homeless, f"find a floor in pyproject.toml for {homeless}"


def test_no_floor_names_a_module_twice() -> None:
    names = [name for floor in FLOORS for name in floor]
    assert sorted(names) == sorted(set(names))


def test_tests_are_imported_by_no_product() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {line}"
        for package in LINTER["root_packages"]
        for path in (ROOT / package).rglob("*.py")
        if "tests" not in path.parts
        for line in path.read_text().splitlines()
        if re.match(r"\s*(from|import) (tests\b|conftest|pytest|\w+\.tests)", line)
    ]
    assert not wrong


def test_no_room_is_called_utils() -> None:
    """A file is named for a noun of the domain or a deed."""
    vague = {"utils", "util", "helpers", "helper", "services", "service", "common", "misc", "signals"}
    assert not [name for name in _modules() if name.rpartition(".")[2] in vague]
