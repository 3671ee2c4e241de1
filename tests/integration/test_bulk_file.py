"""A list of many as a file: chosen in the form, read whatever wrote it; what is wrong with it is said by its line."""

import csv
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.users.selection import Users
from bot.demo.world import slack_id
from bot.errors import InvalidParameter, Refused
from bot.handlers.attached import read
from bot.parameters.base import Lookup
from bot.store.database import Database
from tests.conftest import OPS, card, cards, until, whispers

Sql = Callable[..., list[Any]]
KNOWN = "SELECT email FROM users WHERE email LIKE '%%@acme-labs.example' ORDER BY email LIMIT 2"


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    database = Database(database_url)
    async with database.snapshot() as session:
        yield session
    await database.close()


async def resolved(content: bytes, session: AsyncSession) -> Users:
    return await Users.resolve("selection", read(content), Lookup(session, "T0", 300, "user suspend where", {}))


@pytest.mark.parametrize(
    "written",
    [
        lambda one, two: f"Name,Email\nAnn,{one}\nBen,{two}\n".encode(),
        lambda one, two: b"\xef\xbb\xbf" + f'"Name";"E-Mail";"email"\r\n"A;n";x;"{one}"\r\n;;\r\nBen;y;{two}'.encode(),
        lambda one, two: f"name,email\nJosé,{one}\nZoë,{two}".encode("latin-1"),
        lambda one, two: f"email\tname\n{one}\t“Ann”\n{two}\tBen".encode("utf-16"),
        lambda one, two: (f"{one}, " * 20_000 + two).encode(),
        lambda one, two: f"{one}\n{two.upper()}\n\n{one}".encode(),
        lambda one, two: f'name,email\n"Ann\nof two lines",{one}\nBen,{two}\nAnn,{one.upper()}'.encode(),
    ],
    ids=[
        "comma",
        "mark and semicolons",
        "latin-1",
        "utf-16 with tabs",
        "all in one line",
        "a list, one twice",
        "quoted lines",
    ],
)
async def test_it_is_read_whatever_wrote_it(
    written: Callable[[str, str], bytes], session: AsyncSession, sql: Sql
) -> None:
    (one,), (two,) = sql(KNOWN)
    chosen = await resolved(written(one, two), session)
    assert chosen.count == 2
    assert chosen.shown == "2 users by their addresses"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" \n", "That file is empty"),
        (b"PK\x03\x04\x00\x00rest", "That file is not text; perhaps it is a spreadsheet"),
        (b"name,phone\nAnn,1\n", "neither an address nor a header with a column named email"),
        (b"email\n", "There is nothing below the header"),
        (b'name,email\n"' + b"x" * 200_000 + b",a@x.example\n", "one of its fields never ends"),
        (b"email\n" + b" " * 4_000_000 + b"x", "one of its fields never ends"),
        (b"a@x.example" + b" " * 4_000_000 + b"x", "Line 1: “x”: not an address"),
        (b"tenant=acme " * 400, "Conditions may have at most 4,000 characters"),
        (b"name,email\nAnn,a@x.example\nBen\nCid,nobody\n", "Line 3: “”, line 4: “nobody”: not an address"),
        (b"email\n\na@nowhere.example\n", r"1 of 1 addresses belong to no user\. Line 3: “a@nowhere\.example”\."),
        (
            "\n".join(["email", *(f"{n}@nowhere.example" for n in range(50_001))]).encode(),
            "The list has 50,001 addresses, but at most 50,000 are allowed",
        ),
        (
            "\n".join(["email", *(f"{n}@nowhere.example" for n in range(50_000))]).encode(),
            r"50,000 of 50,000 addresses belong to no user\. Line 2: .* and 49,997 more",
        ),
    ],
)
async def test_what_is_wrong_with_it_is_said_by_its_line(content: bytes, said: str, session: AsyncSession) -> None:
    with pytest.raises((InvalidParameter, Refused), match=said):
        await resolved(content, session)


async def test_it_is_chosen_in_the_form_and_what_was_typed_beside_it_is_kept(bot_world, sql: Sql) -> None:
    """The form opens again with the reason; the second file is right, and nobody was suspended meanwhile."""
    security = slack_id("security")
    (one,), (two,) = sql(KNOWN)

    async def sent(name: str, content: str) -> None:
        [view] = await until(lambda: bot_world.slack.views(security))
        file = await bot_world.slack.upload(security, name, content)
        typed = {} if "stolen" in str(view) else {"reason": {"reason": "a stolen list"}}
        await bot_world.slack.submit(security, view["id"], {"selection.file": {"file": [file]}, **typed})

    await bot_world.slack.command(security, OPS, "/pm user suspend where")
    await sent("list.csv", f"name,phone\nAnn,{one}\n")
    await until(
        lambda: any("nor a header with a column named email" in said for said in whispers(bot_world, "security"))
    )
    assert cards(bot_world) == []
    [refusal] = [one for one in bot_world.slack.messages(OPS, security) if "nor a header" in one["text"]]
    await bot_world.slack.click(security, refusal["ts"], OPS, "draft")
    await sent("list.csv", f"name,email\nAnn,{one}\nBen,{two}\n")
    await until(lambda: cards(bot_world))
    assert "Suspend 2 users" in card(bot_world)["text"]
    assert "a stolen list" in card(bot_world)["text"]
    assert sql("SELECT count(*) FROM users WHERE status = 'suspended' AND email = ANY(%s)", [one, two]) == [(0,)]
    await bot_world.slack.click(security, card(bot_world)["ts"], OPS, "approve")
    await until(lambda: "results of each: done" in card(bot_world)["text"])
    [told] = [one for one in bot_world.slack.state.files.values() if one.name.startswith("results-")]
    header, *rows = csv.reader(told.content.decode().splitlines())
    assert header == ["item", "id", "outcome", "why"]
    assert sorted(one[1:] for one in rows) == sorted(
        [str(user), "done", ""] for (user,) in sql("SELECT id FROM users WHERE email = ANY(%s)", [one, two])
    )
    assert not [row for row in rows if row[0] in (one, two)]  # a channel reads it: masked
    assert all("@acme-labs.example" in row[0] for row in rows)


async def test_one_of_the_two_is_needed_and_the_form_says_so_before(bot_world) -> None:
    """Both fields are marked as optional: without a word nobody knows that one of them is not. The error is there."""
    security = slack_id("security")
    await bot_world.slack.command(security, OPS, "/pm user suspend where")
    [view] = await until(lambda: bot_world.slack.views(security))
    [field] = [block for block in view["blocks"] if block.get("block_id") == "selection"]
    assert field["hint"]["text"] == "Type them here, or choose a file below. One of the two is needed."
    reply = await bot_world.slack.submit(security, view["id"], {"reason": {"reason": "a stolen list"}})
    assert reply.body["errors"]["selection"].endswith("Or choose a file below.")
