"""The wheel, installed into a fresh environment in another folder, is the whole bot."""

import asyncio
import os
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from tests import wheels
from tests.conftest import asked, environment, free_port, until
from tests.wheels import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout, without the network."""
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment. What the bot depends on is lent to it; the bot itself is not."""
    everything = [path.name for path in wheels.INSTALLED.iterdir() if not path.name.startswith(wheels.OWN)]
    return wheels.fresh(tmp_path_factory.mktemp("elsewhere"), wheel, everything)


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"wheel_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


async def run(installed: Path, folder: Path, *command: str, **variables: str) -> tuple[int, str]:
    """Run a program as installed, from another folder, with nothing of this checkout in reach."""
    program, *arguments = command
    process = await asyncio.create_subprocess_exec(
        str(installed / program),
        *arguments,
        env={"PATH": os.environ["PATH"], **variables},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode or 0, said.decode()


def test_it_has_all_the_files_that_are_no_python(wheel: Path) -> None:
    """Every template, migration, default and page of the checkout, and no test."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    templates = {f"bot/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*") if path.is_file()}
    others = {
        str(path.relative_to(ROOT))
        for package in ("bot", "localpay", "localslack")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert templates | others <= inside
    assert len(templates) > 10
    assert not any(name.startswith(("tests/", "bench/")) for name in inside)


async def test_help_manifest_and_policy_come_from_the_package(installed: Path, tmp_path: Path) -> None:
    """Nothing is looked for where it happens to be started."""
    _, where = await run(installed, tmp_path, "python", "-c", "import bot; print(bot.__file__)")
    assert str(installed.parent) in where
    code, said = await run(installed, tmp_path, "pm", "--help")
    assert code == 0, said
    assert all(command in said for command in ("serve", "worker", "clock", "doctor", "demo", "manifest", "db"))
    assert (await run(installed, tmp_path, "pm", "--version"))[1].startswith("pm, version ")
    assert '"socket_mode_enabled": true' in (await run(installed, tmp_path, "pm", "manifest"))[1]


async def test_from_an_empty_database_to_a_bot_that_is_ready(
    installed: Path, tmp_path: Path, surroundings: World, empty_url: str
) -> None:
    """doctor says what is missing, upgrade and platform-sql make it, doctor sees it, serve draws cards."""
    port = free_port()
    variables = environment(surroundings, DATABASE_URL=empty_url, PORT=port)
    variables.pop("PYTHONPATH")
    code, said = await run(installed, tmp_path, "pm", "doctor", **variables)
    assert (code, "the schema pmbot is not there" in said) == (1, True), said
    assert await run(installed, tmp_path, "pm", "db", "upgrade", **variables) == (
        0,
        "The schema pmbot is up to date.\n",
    )
    _, printed = await run(installed, tmp_path, "pm", "db", "platform-sql", **variables)
    with psycopg.connect(empty_url) as connection:
        connection.execute(printed)
    _, said = await run(installed, tmp_path, "pm", "doctor", **variables)
    assert "the bot has the rights it needs on them" in said, said
    assert "no linked person" in said
    variables["DATABASE_URL"] = surroundings.database_url  # with people in it
    code, said = await run(installed, tmp_path, "pm", "doctor", **variables)
    assert code == 0, said
    process = await asyncio.create_subprocess_exec(
        str(installed / "pm"), "serve", "--all", env={"PATH": os.environ["PATH"], **variables}, cwd=tmp_path
    )
    try:
        surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        await until(lambda: _ready(port), 60)
        await asked(surroundings)
    finally:
        process.terminate()
        assert await process.wait() == 0


async def _ready(port: str) -> bool:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        try:
            health, readiness = await http.get("/healthz"), await http.get("/readyz")
        except httpx.TransportError:
            return False
    return health.status_code == readiness.status_code == 200
