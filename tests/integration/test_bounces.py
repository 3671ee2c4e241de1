"""A letter that comes back after it was taken: the card says so, and whoever asked hears it once; nobody is named."""

import asyncio
import subprocess
import sys
from email.message import EmailMessage

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo import mailbox
from bot.demo.world import World
from bot.drawing.render import templates_folder
from bot.integrations.mail.bounces import Bounce, letter_of, meaning
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer, message_id
from tests.conftest import asked, card, environment, until
from tests.integration.test_notices import direct, told
from tests.integration.test_roles import approved

KOFI = "kofi.castano@acme-corp.example"
OURS = message_id("7:0:mail", mailbox.SENDER)
POSTFIX = f"""From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
To: support@penguinmails.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: 4Qx

Final-Recipient: rfc822; {KOFI}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 <{KOFI}>: Quota exceeded

--b1
Content-Type: text/rfc822-headers

From: PenguinMails <support@penguinmails.example>
Message-ID: {OURS}
Subject: Choose a new password for PenguinMails

--b1--
"""


def read(text: str) -> Bounce | None:
    return Bounce.read(text.encode())


class TestReading:
    def test_a_report_names_the_letter_and_the_code(self) -> None:
        assert read(POSTFIX) == Bounce(frozenset({letter_of("7:0:mail")}), "5.2.2")

    def test_one_that_brings_no_letter_names_it_as_an_answer_does(self) -> None:
        """Some servers return nothing."""
        alone = POSTFIX.replace(f"Message-ID: {OURS}\n", "").replace(
            "Subject: Und", f"In-Reply-To: {OURS}\nSubject: Und"
        )
        assert read(alone) == read(POSTFIX)

    def test_a_whole_letter_that_came_back_is_read(self) -> None:
        whole = POSTFIX.replace("text/rfc822-headers", "message/rfc822").replace("\n\n--b1--", "\n\nHello\n--b1--")
        assert read(whole) == read(POSTFIX)

    @pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
    def test_what_is_only_late_or_has_arrived_is_no_bounce(self, action: str) -> None:
        assert read(POSTFIX.replace("Action: failed", f"Action: {action}")) is None

    def test_of_several_recipients_the_one_that_failed_counts(self) -> None:
        fine = "Final-Recipient: rfc822; a@x.example\nAction: relayed\nStatus: 2.1.5\n\nFinal"
        assert read(POSTFIX.replace("Final", fine, 1)) == read(POSTFIX)

    @pytest.mark.parametrize(
        "text",
        ["", "Hello", f"Subject: Out of office\nIn-Reply-To: {OURS}\n\nBack on Monday", POSTFIX.replace(OURS, "<x@y>")],
    )
    def test_whatever_else_arrives_is_left_alone(self, text: str) -> None:
        assert read(text) is None

    @given(st.integers(0, len(POSTFIX)), st.binary(max_size=40))
    def test_nothing_that_arrives_is_an_error(self, place: int, noise: bytes) -> None:
        whole = POSTFIX.encode()
        for message in (noise, whole[:place], whole[:place] + noise + whole[place:]):
            found = Bounce.read(message)
            assert found is None or found.letters

    def test_a_code_has_words(self) -> None:
        assert meaning("5.1.1") == "there is no such mailbox"
        assert meaning("4.4.7") == "its mail server could not be reached"
        assert meaning(None) == meaning("5.9.9") == "its mail server did not accept it"


async def hand_over(around: World, message: bytes, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """As a mail server does."""
    command, given = [sys.executable, "-m", "bot.cli", "mail", "bounce"], environment(around, **settings)
    return await asyncio.to_thread(
        subprocess.run, command, input=message, env=given, capture_output=True, timeout=60, check=False
    )


async def reset(around: World) -> EmailMessage:
    """Have a letter sent; the letter."""
    await asked(around, f"/pm user reset-password {KOFI} because they asked by phone", "support")
    await approved(around, "support")
    await until(lambda: "mail to the user: done" in card(around)["text"])
    return around.mailbox.letters[0]


async def test_the_card_says_that_the_letter_came_back(bot_world: World, sql) -> None:
    report = mailbox.report(await reset(bot_world), "5.1.1")
    for _ in range(2):  # mail servers repeat themselves
        done = await hand_over(bot_world, report)
        assert (done.returncode, done.stdout) == (0, b"The card of the request says that the mail bounced.\n")
    await until(lambda: "mail to the user: bounced" in card(bot_world)["text"])
    assert "there is no such mailbox (5.1.1) · k•••@acme-corp.example" in card(bot_world)["text"]
    heard = await told(bot_world, "support", "A mail bounced")
    assert "tell them in another way" in heard
    assert KOFI not in card(bot_world)["text"] + heard
    assert len([one for one in direct(bot_world, "support") if "A mail bounced" in one]) == 1
    assert sql("SELECT state, answer ->> 'status' FROM pmbot.effects") == [("bounced", "5.1.1")]


async def test_letters_come_back_to_an_address_of_their_own(surroundings: World) -> None:
    """Where one is set; whoever answers writes to the sender all the same."""
    letters = Letters(templates_folder())
    for to in (None, "bounces@penguinmails.example"):
        mailer = Mailer(surroundings.mailbox.url, mailbox.SENDER, letters, to)
        await mailer.send("1", {"to": KOFI, "letter": "reset_password", "context": {}})
    first, second = surroundings.mailbox.letters
    assert (first["Return-Path"], second["Return-Path"]) == (
        "support@penguinmails.example",
        "bounces@penguinmails.example",
    )
    assert second["From"] == mailbox.SENDER


async def test_a_letter_of_which_nobody_knew_came_back(bot_world: World, sql) -> None:
    """The mail server's answer was lost: that it came back proves that it was taken. Here the demo's page says so."""
    await reset(bot_world)
    sql("UPDATE pmbot.effects SET state = 'unknown', answer = NULL")
    async with httpx.AsyncClient(trust_env=False, base_url=bot_world.mailbox.page, follow_redirects=True) as page:
        assert "It bounced, and the bot was told." in (await page.post("/letters/0/return")).text
        assert (await page.post("/letters/0/join")).status_code == 404
    await until(lambda: "bounced: there is no such mailbox (5.1.1)" in card(bot_world)["text"])


async def test_while_the_database_is_away_the_mail_server_keeps_it(surroundings: World) -> None:
    letter = POSTFIX.encode()
    away = await hand_over(surroundings, letter, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (away.returncode, b"Give the message to this command again" in away.stderr) == (75, True)
    assert (await hand_over(surroundings, letter)).stdout == b"The bot has sent no such mail.\n"
    assert b"Nothing was done" in (await hand_over(surroundings, b"Hello")).stdout
