"""Actions of one's own: a package beside the bot brings a command, its permission and its template along."""

import asyncio
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import psycopg
import pytest

from bot import actions, permissions
from bot.actions import registry as registering
from bot.actions.registry import add_package, discover, registry
from bot.demo.world import World, slack_id
from bot.drawing import render
from bot.errors import Misconfigured
from tests.conftest import OPS, Processes, free_port, until, whispers
from tests.wheels import ROOT

EXAMPLE = ROOT / "examples" / "penguinmails-seats"
ACTION = """
from bot.actions.base import Action
from bot.actions.registry import register
from bot.permissions import Permission, own
from bot.policy import Risk
@register
class Brew(Action):
    \"\"\"Brew coffee.\"\"\"
    name, verb = "coffee.brew", "{verb}"
    permission, risk = {permission}, Risk.READ
    async def preview(self, session): ...
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's wheel, built without the network, unpacked as an installer does."""
    folder = tmp_path_factory.mktemp("own")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(EXAMPLE)], check=True, timeout=120)
    [wheel] = folder.glob("penguinmails_seats-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


async def test_the_example_is_a_command_as_any_other(
    surroundings: World, processes: Processes, installed: Path
) -> None:
    """Its permission comes by the SQL that the platform's owners are shown; who has not got it is told as ever."""
    there = f"{ROOT}:{installed}"
    port = free_port()
    printed = await asyncio.to_thread(platform_sql, PYTHONPATH=there, DATABASE_URL=surroundings.database_url)
    assert "'tenant.seats'" in printed
    with psycopg.connect(surroundings.database_url, autocommit=True) as connection:
        connection.execute(printed)  # type: ignore[arg-type]
    processes.start("serve", "--all", PORT=port, PYTHONPATH=there)
    surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"

    async def answered(who: str, text: str) -> bool:
        await surroundings.slack.command(slack_id(who), OPS, "/pm seats Acme Corp")
        return any(text in one for one in whispers(surroundings, who))

    await until(lambda: answered("support", "Seats of Acme Corp"), every=0.5)
    assert any("In all   " in one or "In all" in one for one in whispers(surroundings, "support"))
    await until(lambda: answered("kofi", "You can't use /pm seats"), every=0.5)


def platform_sql(**environment: str) -> str:
    """What `pm db platform-sql` prints there."""
    command = [sys.executable, "-m", "bot.cli", "db", "platform-sql"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture
def alone() -> Iterator[None]:
    """What these packages register is gone afterwards; the bot's own actions are there before."""
    discover(actions)
    before = {name: dict(getattr(registry, name)) for name in ("by_name", "by_verb", "by_whole")}
    packages, own = list(registry.packages), dict(permissions._OWN)
    yield
    for name, table in before.items():
        getattr(registry, name).clear()
        getattr(registry, name).update(table)
    registry.packages[:] = packages
    permissions._OWN.clear()
    permissions._OWN.update(own)
    render._environment.cache_clear()


@pytest.mark.parametrize(
    ("module", "template", "why"),
    [
        ("import no_such_thing", "", "ModuleNotFoundError: No module named 'no_such_thing'"),
        (ACTION.format(verb="revoke", permission="own('coffee.brew')"), "x", "revoke is registered twice"),
        (ACTION.format(verb="brew", permission="own('coffee.brew')"), "", "its action coffee.brew has no template"),
        (
            ACTION.format(verb="brew", permission="own('staff.read')"),
            "x",
            "staff.read cannot be the name of a new permission",
        ),
        (ACTION.format(verb="brew", permission="own('coffee.brew', ['barista'])"), "x", "that do not exist: barista"),
    ],
    ids=["import", "verb", "template", "permission", "role"],
)
def test_a_broken_one_is_named_and_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None, module: str, template: str, why: str, request
) -> None:
    name = f"own_{request.node.callspec.id}"
    entry = package(tmp_path, monkeypatch, name, module, template)
    with pytest.raises(Misconfigured, match=f"^The package {name} adds actions, but they cannot be loaded: .*{why}"):
        add_package(entry)


def test_a_broken_template_is_found_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None) -> None:
    source = ACTION.format(verb="brew", permission="own('coffee.brew')")
    add_package(package(tmp_path, monkeypatch, "own_torn", source, "{% call line() %}"))
    render._environment.cache_clear()
    with pytest.raises(Misconfigured, match=r"The package own_torn has a broken template, actions/coffee\.brew\.j2"):
        render.Renderer()


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, template: str) -> EntryPoint:
    templates = folder / name / "templates" / "actions"
    templates.mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    (folder / name / "brewing.py").write_text(module)
    if template:
        (templates / "coffee.brew.j2").write_text(template)
    monkeypatch.syspath_prepend(folder)
    return EntryPoint(name, name, registering.GROUP)
