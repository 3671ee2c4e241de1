"""The worked examples of docs/contributing.md are true: their files, put in place, are parts of the bot that work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "contributing.md"
BLOCK = re.compile(
    r"^`(?P<path>[\w./]+)`(?:, (?P<where>at its end|after|instead of)(?: `(?P<line>[^`\n]+)`)?)?\n\n"
    r"```\w+\n(?P<content>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
WRITTEN = {
    "A new action: one file, one template, its test": [
        "bot/actions/staff/deactivate.py",
        "templates/actions/staff.deactivate.j2",
        "tests/integration/test_deactivate.py",
    ],
    "A column of the platform, with the action that sets it and its undo": [
        "bot/platform/tables/tenants.py",
        "bot/migrations/platform/platform_0003_warmup.py",
        "bot/actions/tenants/warmup.py",
        "templates/actions/tenant.warmup.j2",
        "tests/unit/templates/warmup.py",
        "tests/integration/test_warmup.py",
    ],
    "An integration: another system is told": [
        "bot/integrations/helpdesk/__init__.py",
        "bot/integrations/helpdesk/api.py",
        "bot/config.py",
        "bot/systems.py",
        "bot/systems.py",
        "bot/actions/tenants/warmup.py",
        "bot/actions/tenants/warmup.py",
        "tests/integration/test_helpdesk.py",
    ],
    "A new kind of target, with its first action": [
        "bot/targets/server.py",
        "bot/actions/servers/__init__.py",
        "bot/actions/servers/show.py",
        "templates/actions/server.show.j2",
        "tests/unit/templates/servers.py",
        "tests/integration/test_servers.py",
    ],
    "A section of the digest": [
        "bot/digests/sections/signups.py",
        "templates/digests/sections/signups.j2",
        "tests/unit/templates/signups.py",
        "tests/integration/test_signups.py",
    ],
    "A metric with its rule": [
        "bot/alerts/metrics/signins.py",
        "bot/alerts/alerts.toml",
        "tests/integration/test_signins_alert.py",
    ],
}
EXAMPLES = (
    "deactivate or admin_access or warmup or warm_up or helpdesk or server or signups or a_new_tenant or morning or "
    "sign_ins_are_counted"
)
# What compares the new with what there is.
CENTRAL = "has_data or agree or lacks_only or every_type_of_parameter or red_is"
NEW = f"{EXAMPLES} or {CENTRAL}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the examples' files in it."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in ("bot", "localpay", "localslack", "templates", "tests", "pyproject.toml"):
        copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copied(ROOT / part, copy / part)
    for found in BLOCK.finditer(renumbered(DOCUMENT.read_text("utf-8"))):
        file = copy / found["path"]
        assert file.exists() is bool(found["where"]), f"{file} is there already, or is not"
        file.parent.mkdir(exist_ok=True)
        before = file.read_text("utf-8") if found["where"] else ""
        file.write_text(put(before, found["where"], found["line"], found["content"]), "utf-8")
    return copy


def renumbered(document: str) -> str:
    """With the number that a new migration of the platform has by now."""
    last = max(one.name[:13] for one in (ROOT / "bot" / "migrations" / "platform").glob("platform_0*.py"))
    after = f"platform_{int(last[-4:]) + 1:04}"
    numbers = {"platform_0003": after, "platform_0002": last}
    return re.sub("platform_000[23]", lambda found: numbers[found[0]], document)


def put(before: str, where: str | None, line: str | None, content: str) -> str:
    """A file with a block in its place: alone, at the end, or at the one line that reads so, however indented."""
    if line is None:
        return f"{before}\n{content}" if where else content
    lines = before.splitlines(keepends=True)
    [at] = [number for number, one in enumerate(lines) if one.strip() == line]
    lines[at : at + 1] = [content] if where == "instead of" else [lines[at], content]
    return "".join(lines)


@pytest.mark.parametrize("title", WRITTEN)
def test_it_costs_these_files_and_no_other(title: str) -> None:
    """What is central knows nothing of it, but for the lines that are listed."""
    _, _, section = DOCUMENT.read_text("utf-8").partition(f"\n## {title}\n")
    assert [found["path"] for found in BLOCK.finditer(section.partition("\n## ")[0])] == WRITTEN[title]


@pytest.mark.parametrize(
    "check",
    [("ruff", "check"), ("ruff", "format", "--check"), ("lint-imports", "--config", "pyproject.toml")],
    ids=" ".join,
)
def test_the_examples_pass_the_checks_of_all_code(checkout: Path, check: tuple[str, ...]) -> None:
    """Whoever copies them lands in no quarrel about style, nor about who may import whom."""
    program = Path(sys.executable).parent / check[0]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [program, *check[1:]], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_examples_work(checkout: Path) -> None:
    """Their own tests pass, and so do the contracts that run over all actions, templates and sections."""
    own = [path for paths in WRITTEN.values() for path in paths if path.startswith("tests/integration/")]
    contracts = [
        *map(str, checkout.glob("tests/*/test_action_contract.py")),
        "tests/integration/test_target_contract.py",
        "tests/integration/test_verifying.py",
        "tests/unit/templates/test_every_template.py",
        "tests/integration/test_migrations.py",
        "tests/integration/test_platform_schema.py",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", NEW, *own, *contracts],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
