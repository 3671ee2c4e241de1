"""The worked example of docs/contributing.md is true: its three files, put in place, are a new action that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "contributing.md"
BLOCK = re.compile(r"^`(?P<path>[\w./]+)`\n\n```\w+\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project with the example's files in it."""
    for part in ("bot", "localslack", "templates", "tests", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    for found in BLOCK.finditer(DOCUMENT.read_text("utf-8")):
        (tmp_path / found["path"]).write_text(found["content"], "utf-8")
    return tmp_path


def test_a_new_action_costs_one_file_one_template_and_its_test(checkout: Path) -> None:
    """Nothing else was touched; the example's own test passes, and so do the contracts that run over all actions."""
    written = [found["path"] for found in BLOCK.finditer(DOCUMENT.read_text("utf-8"))]
    assert written == [
        "bot/actions/staff/deactivate.py",
        "templates/actions/staff.deactivate.j2",
        "tests/integration/test_deactivate.py",
    ]
    chosen = ["tests/integration/test_deactivate.py", *map(str, checkout.glob("tests/*/test_action_contract.py"))]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "deactivate or admin_access", *chosen],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
