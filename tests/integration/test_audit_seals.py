"""Sealing as it runs: `pm audit`, exports and proofs, and what witnesses are told."""

import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from bot import cli
from bot.audit.sealing import newest
from bot.audit.seals import Signer, new_key
from bot.audit.sightings import line_of, root_text
from bot.config import Settings
from bot.demo import mailbox
from bot.demo.postgres import EmbeddedPostgres
from bot.doctor import audit as doctor
from bot.drawing.render import Renderer, templates_folder
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer
from bot.store.database import Database
from bot.witnesses import database as second
from bot.witnesses.base import NotTold
from bot.witnesses.database import SecondDatabase
from bot.witnesses.file import File, append
from bot.witnesses.mail import Mail
from bot.witnesses.teller import Teller
from tests.conftest import until
from tests.promises.sealing import SIGNER, added, as_owner, grown, sealed


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


def pm(url: str, *arguments: str, **settings: str):
    """Run `pm audit …` in this process; nothing of its environment but these settings."""
    return CliRunner().invoke(cli.main, ["audit", *arguments], env={"DATABASE_URL": url, **settings})


async def last(database: Database):
    async with database.transaction() as session:
        seal = await newest(session)
    assert seal is not None
    return seal


# The command


async def test_verify_says_whole_or_names_what_is_not(database: Database, database_url: str, tmp_path: Path) -> None:
    """For people and as JSON; exit codes 0 and 1; a witness by its file, or by what a message in Slack says."""
    await grown(database)
    seal, file = await last(database), tmp_path / "witness"
    append(file, line_of(seal))
    arguments = ["verify", "--public-key", SIGNER.public, "--witness", str(file), "--root", root_text(seal)]
    whole = pm(database_url, *arguments)
    assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "The audit trail is whole.")
    assert seal.root.hex() in whole.output
    with as_owner(database_url) as owner:
        [(which,)] = owner.execute(
            "UPDATE pmbot.audit_log SET step = 7 WHERE id = (SELECT max(id) FROM pmbot.audit_log) RETURNING id"
        ).fetchall()
    broken = pm(database_url, *arguments)
    assert broken.exit_code == 1
    assert f"changed    Entry {which} was changed: it is not what was sealed." in broken.output
    said = json.loads(pm(database_url, *arguments, "--json").stdout)
    assert [(one["kind"], one["entry"]) for one in said["findings"]] == [("changed", which)]
    assert not said["whole"]


async def test_verify_says_what_it_could_not_check(database: Database, database_url: str) -> None:
    """Signatures without a public key, and the end without a witness."""
    await grown(database, rounds=1)
    said = pm(database_url, "verify")
    assert said.exit_code == 0
    assert "2 signatures were not checked" in said.output
    assert "No witness was asked" in said.output


async def test_an_export_is_verified_without_the_database(database: Database, database_url: str, tmp_path) -> None:
    """What was changed in the file, or cut off, is found as in the database."""
    await grown(database)
    await added(database, "staff:not sealed yet")
    file = tmp_path / "trail.jsonl"
    assert pm(database_url, "export", str(file)).exit_code == 0
    offline = ["verify", "--offline", str(file), "--public-key", SIGNER.public]
    whole = CliRunner().invoke(cli.main, ["audit", *offline], env={"DATABASE_URL": ""})
    assert whole.exit_code == 0, whole.output
    text = file.read_text()
    file.write_text(text.replace("staff.suspend", "staff.suspenD", 1))
    assert "was changed" in pm(database_url, *offline).output
    file.write_text("".join(text.splitlines(keepends=True)[:-1]))
    assert "is missing. Export the trail again." in pm(database_url, *offline).output
    file.write_text("{}\n")
    assert "is not an export" in pm(database_url, *offline).output


async def test_a_proof_holds_also_after_the_entry_is_gone(database: Database, database_url: str, sql, tmp_path) -> None:
    """For the entry it was made for, with the key or a root; and for nothing else."""
    await grown(database)
    [(entry,)] = sql("SELECT max(id) - 5 FROM pmbot.audit_log")
    made = pm(database_url, "prove", str(entry))
    assert made.exit_code == 0, made.output
    file = tmp_path / "proof"
    file.write_text(made.stdout)
    with as_owner(database_url) as owner:
        owner.execute("TRUNCATE pmbot.audit_log, pmbot.audit_details, pmbot.audit_leaves, pmbot.audit_seals")
    seal = json.loads(made.stdout)["seal"]
    root = f"{seal['size']}:{seal['root']}"
    check = ["check-proof", str(file), "--public-key", SIGNER.public]
    held = pm(database_url, *check, "--root", root)
    assert held.exit_code == 0, held.output
    assert f'The proof holds. Entry: [{entry}, "' in held.output
    assert pm(database_url, *check, "--root", f"{seal['size']}:{'00' * 32}").exit_code == 1
    assert pm(database_url, *check[:2], "--public-key", Signer.of(new_key()).public).exit_code == 1
    file.write_text(made.stdout.replace("staff.suspend", "staff.restore"))
    assert "does not lead to the root" in pm(database_url, *check).output
    assert "no sealed entry" in pm(database_url, "prove", str(entry)).output


async def test_keys_are_changed_without_a_gap(database: Database, database_url: str) -> None:
    """Each seal says which key signed it; who verifies gives all of them."""
    await grown(database, rounds=1)
    other = Signer.of(new_key())
    await added(database, "staff:1")
    await sealed(database, other)
    both = ["--public-key", SIGNER.public, "--public-key", other.public]
    assert pm(database_url, "verify", *both).exit_code == 0
    one = pm(database_url, "verify", "--public-key", SIGNER.public)
    assert (one.exit_code, f"the key {other.key_id}" in one.output) == (1, True)


def test_a_key_is_printed_with_its_public_half(database_url: str) -> None:
    said = pm(database_url, "key")
    assert Signer.of(said.stdout.strip()).public in said.stderr
    assert "is not valid" in pm(database_url, "verify", PM_AUDIT_KEY="short").output


# Witnesses


@pytest.fixture
def second_url(postgres: EmbeddedPostgres, tmp_path: Path):
    """A second database, prepared as `pm audit witness-sql` says; of a login that may add and nothing else."""
    name = f"witness_{os.getpid()}"
    url = postgres.create_database(name)
    postgres.create_role("pm_witness")
    with psycopg.connect(url, autocommit=True) as connection:
        sql = second.SET_UP.replace('"BOT"', "pm_witness").replace('"AUDITOR"', "postgres")
        connection.execute(sql.encode())
        connection.execute("ALTER ROLE pm_witness NOSUPERUSER")
    yield postgres.url(name, "pm_witness"), url
    postgres.drop_database(name)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("DROP ROLE pm_witness")


async def test_witnesses_are_told_once_an_hour(database: Database, sql, second_url, tmp_path: Path) -> None:
    """The file, the second database and the channel; by one of however many clocks; when there is something new."""
    bot, auditor = second_url
    file = tmp_path / "witness"
    teller = Teller(database, Renderer(), [File(file), SecondDatabase(bot)], security=True)
    assert await teller.sweep() == 0
    await grown(database, rounds=1)
    assert await teller.sweep() == 3
    await grown(database, rounds=1)
    assert await teller.sweep() == 0
    later = "UPDATE pmbot.audit_witnesses SET told = told - interval '61 minutes'"
    sql(later)
    assert await teller.sweep() + await teller.sweep() == 2  # the day's own message is not on the screen yet
    sql(later)
    assert await teller.sweep() == 0, "nothing new is sealed"
    seal = await last(database)
    assert file.read_text().splitlines()[-1] == line_of(seal)
    assert [one.root for one in second.sightings(auditor)][-1] == seal.root
    assert len(file.read_text().splitlines()) == len(list(second.sightings(auditor))) == 2
    for statement in (
        "SELECT line FROM pm_audit_witness",
        "DELETE FROM pm_audit_witness",
        "DROP TABLE pm_audit_witness",
    ):
        with psycopg.connect(bot) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


async def test_a_witness_that_is_away_is_told_later_and_people_hear_of_it(
    database: Database, sql, tmp_path: Path
) -> None:
    """One message when it has lasted, which changes when it is over."""
    folder = tmp_path / "missing"
    teller = Teller(database, Renderer(), [File(folder / "witness")], security=False)
    await grown(database, rounds=1)
    messages = "SELECT count(*), sum(version) FROM pmbot.messages WHERE projection = 'audit_witness'"
    assert await teller.sweep() == 0
    assert sql(messages) == [(0, None)], "less than five minutes are told to nobody"
    earlier = "failing = failing - interval '6 minutes'"
    sql(f"UPDATE pmbot.audit_witnesses SET claimed = NULL, {earlier}")
    for _ in range(2):
        assert await teller.sweep() == 0
        sql("UPDATE pmbot.audit_witnesses SET claimed = NULL")
    assert sql(messages) == [(1, 1)]
    folder.mkdir()
    [(subject,)] = sql("SELECT subject FROM pmbot.messages WHERE projection = 'audit_witness' LIMIT 1")
    async with database.transaction() as session:
        assert (
            "does not accept the newest root: the file cannot be written"
            in (await teller.draw(session, subject))["text"]
        )
    assert await teller.sweep() == 1
    async with database.transaction() as session:
        assert sql(messages) == [(1, 2)]
        assert "works again" in (await teller.draw(session, subject))["text"]


async def test_a_line_that_a_crash_cut_off_spoils_no_other(database: Database, database_url: str, tmp_path) -> None:
    await grown(database, rounds=1)
    file, line = tmp_path / "witness", line_of(await last(database))
    file.write_text(line[:40])
    await File(file).tell(await last(database))
    assert file.read_text() == f"{line[:40]}\n{line}\n"
    assert pm(database_url, "verify", PM_AUDIT_WITNESS_FILE=str(file)).exit_code == 0


async def test_a_mail_to_each_address_carries_what_verify_takes(database: Database, database_url: str) -> None:
    """Through a real mail server; with the root in it, verification finds that the trail was cut afterwards."""
    await grown(database, rounds=1)
    async with mailbox.serving() as box:
        mailer = Mailer(box.url, mailbox.SENDER, Letters(templates_folder()))
        await Mail(mailer, "audit@penguinmails.example, board@penguinmails.example").tell(await last(database))
    assert [one["To"] for one in box.letters] == ["audit@penguinmails.example", "board@penguinmails.example"]
    text = box.letters[0].get_body(("plain",)).get_content()
    root = re.search(r"--root (\d+:[0-9a-f]{64})", text.replace("\n", " ")).group(1)
    assert pm(database_url, "verify", "--root", root).exit_code == 0
    with as_owner(database_url) as owner:
        owner.execute("DELETE FROM pmbot.audit_seals")
        owner.execute("DELETE FROM pmbot.audit_leaves")
    found = pm(database_url, "verify", "--root", root)
    assert found.exit_code == 1
    assert "cut" in found.output


async def test_of_many_addresses_one_that_is_refused_repeats_none_of_the_others(database: Database) -> None:
    await grown(database, rounds=1)
    async with mailbox.serving() as box:
        mail = Mail(
            Mailer(box.url, mailbox.SENDER, Letters(templates_folder())), "audit@penguinmails.example, nobody@x.example"
        )
        for _ in range(2):
            with pytest.raises(NotTold, match="the mail server does not accept it"):
                await mail.tell(await last(database))
    assert [one["To"] for one in box.letters] == ["audit@penguinmails.example"]


async def test_a_database_that_is_away_says_so_without_its_password(database: Database) -> None:
    await grown(database, rounds=1)
    with pytest.raises(NotTold, match=r"^the second database does not accept it \(OperationalError\)$"):
        await SecondDatabase("postgresql://pm:password@127.0.0.1:1/pm").tell(await last(database))


# The whole bot


async def test_a_running_bot_seals_and_tells_the_security_channel(bot_world, sql) -> None:
    """Within seconds; what stands there can be pasted into a verification."""
    url = bot_world.database_url
    shown = "SELECT content->>'text' FROM pmbot.messages WHERE key LIKE 'audit_root:%%' AND ts IS NOT NULL"
    [(text,)] = await until(lambda: sql(shown))
    root = text.replace("\u2060", "").rpartition("Root: ")[2].strip()
    verified = pm(url, "verify", "--root", root)
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize(
    ("settings", "level", "says"),
    [
        ({}, "warning", "not signed"),
        ({"pm_audit_key": "short"}, "failed", "PM_AUDIT_KEY is not valid"),
        ({"pm_audit_key": new_key()}, "warning", "no witness that the bot cannot change"),
        ({"pm_audit_key": new_key(), "pm_audit_witness_file": "roots"}, "ok", "1 witness is set"),
    ],
)
def test_the_doctor_says_once_what_is_missing(settings: dict, level: str, says: str) -> None:
    """A key, and a witness; never what the key is."""
    needed = {"database_url": "x", "slack_team_id": "T", "slack_bot_token": "x", "slack_signing_secret": "x"}
    found = doctor.look(Settings(**needed, **settings))
    assert (found.level, says in found.says) == (level, True)
    assert str(settings.get("pm_audit_key")) not in str(found)
