"""Letters: handed in once, refused or lost; what is on the card before is what is sent."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest

from bot.demo import mailbox
from bot.demo.mailbox import SENDER, Mailbox
from bot.demo.world import World
from bot.drawing.render import templates_folder
from bot.errors import Misconfigured
from bot.integrations.base import EffectFailed
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer, message_id
from tests.conftest import asked, card, until
from tests.integration.test_roles import approved

KOFI = "kofi.castano@acme-corp.example"
REQUEST = {"to": KOFI, "letter": "reset_password", "context": {}}
LETTERS = Letters(templates_folder())


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox.serving() as box:
        yield box


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def test_a_letter_is_handed_in_as_text_and_as_a_page(box: Mailbox) -> None:
    """With an id that is always the same of one effect, and an answer that says which."""
    answer = await Mailer(box.url, SENDER, LETTERS).send("7:0:mail", REQUEST)
    [letter] = box.letters
    assert answer == {"message_id": letter["Message-ID"]} == {"message_id": message_id("7:0:mail", SENDER)}
    assert (letter["To"], letter["From"], letter["Auto-Submitted"]) == (KOFI, SENDER, "auto-generated")
    assert "Forgot password" in text_of(letter)
    assert "<b>Forgot password</b>" in text_of(letter, "html")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert "Choose a new password" in (await client.get(box.page)).text


async def test_a_no_is_a_no(box: Mailbox) -> None:
    """Of the server, of one that lets nobody in, and of one that is not there: nothing has happened."""
    with pytest.raises(EffectFailed, match="550"):
        await Mailer(box.url, SENDER, LETTERS).send("1", {**REQUEST, "to": "nobody@acme-corp.example"})
    with pytest.raises(EffectFailed, match="let us in"):
        await Mailer(box.url.replace("//", "//who:secret@"), SENDER, LETTERS).send("1", REQUEST)
    with pytest.raises(EffectFailed, match="let us in"):
        await Mailer("smtp://127.0.0.1:1", SENDER, LETTERS).send("1", REQUEST)
    assert box.letters == []


async def test_a_line_that_breaks_while_it_is_handed_in_tells_nothing(box: Mailbox) -> None:
    """It may have arrived: no other error than a no says that it has not, and nobody can be asked."""

    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                break
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.close()

    async with await asyncio.start_server(breaks, "127.0.0.1", 0) as server:
        mailer = Mailer(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", SENDER, LETTERS)
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await mailer.send("1", REQUEST)
        assert await mailer.look_up("1", REQUEST, dt.datetime.now(dt.UTC)) is None


@pytest.mark.parametrize(("url", "sender"), [("https://x", SENDER), ("smtp://", SENDER), ("smtp://x", None)])
def test_settings_that_cannot_be_are_named(url: str, sender: str | None) -> None:
    with pytest.raises(Misconfigured, match="SMTP_"):
        Mailer(url, sender, LETTERS)


async def test_a_password_is_reset_and_the_user_told(bot_world: World, sql) -> None:
    """The card shows the letter, and no address; the platform takes the old password no more, and the new one."""
    asking = "/pm user reset-password kofi.castano@acme-corp.example because they asked by phone"
    async with httpx.AsyncClient(trust_env=False, base_url=bot_world.platform_url) as platform:
        await asked(bot_world, asking, "support")
        shown = card(bot_world)["text"]
        for part in ("Reset the password of k•••@acme-corp.example", "Choose a new password for PenguinMails"):
            assert part in shown
        assert KOFI not in shown
        await approved(bot_world, "support")
        await until(lambda: "mail to the user: done" in card(bot_world)["text"])
        [letter] = bot_world.mailbox.letters
        assert letter["To"] == KOFI
        assert all(line in shown for line in text_of(letter).splitlines())
        assert (await platform.post("/app/login", json={"email": KOFI})).status_code == 403
        await platform.post("/app/password", json={"email": KOFI})
        assert (await platform.post("/app/login", json={"email": KOFI})).status_code == 200
    assert sql("SELECT state FROM pmbot.effects") == [("done",)]


async def test_a_name_in_a_letter_is_text_and_no_header(box: Mailbox) -> None:
    """Whatever a tenant is called."""
    called = {"tenant": "Acme\r\nBcc: all@acme.example <b>Corp</b>", "roles": "member"}
    await Mailer(box.url, SENDER, LETTERS).send("1", {"to": KOFI, "letter": "invitation", "context": called})
    [letter] = box.letters
    assert letter["Bcc"] is None
    assert "Acme Bcc: all@acme.example <b>Corp</b>" in letter["Subject"]
    assert "&lt;b&gt;Corp" in text_of(letter, "html")
