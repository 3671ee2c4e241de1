"""Customers are asked afterwards how satisfied they are with how they were told; nobody sees who said what."""

import re
from typing import Any

import httpx
import pytest

from bot.demo.world import World, slack_id
from bot.drawing.render import templates_folder
from bot.integrations.base import ONCE, EffectRefused
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer
from bot.words import counted
from tests.conftest import OPS, asked, running_bot, until, whispers
from tests.integration.test_customers import TELL, approve, of_acme, pressed_resolve
from tests.integration.test_incidents import SMTP, declared, incident_card, said
from tests.integration.test_mail import text_of

PUBLIC = "https://ops.example"
ASK = "/pm incident follow-up 3 asking satisfaction saying All mails have left."
INVITE = "user invite jo@new.example to Acme Corp as member because new"
REQUESTS = "SELECT count(*) FROM pmbot.proposals"
GIVEN = "SELECT score FROM pmbot.incident_answers WHERE score IS NOT NULL"


def said_to(around: World, who: str) -> list[str]:
    """As people read it: what keeps Slack from reading a name as markup is invisible."""
    return [one.replace("\u2060", "") for one in whispers(around, who)]


async def told_and_over(around: World, sql: Any) -> Any:
    """An incident of which Acme was told, and that is resolved; its room."""
    room = await declared(around, SMTP)
    await asked(around, TELL.format(who="Acme Corp"))
    await approve(around)
    await around.slack.command(slack_id("oncall"), OPS, ASK)
    await until(lambda: any("only when the incident is resolved" in one for one in whispers(around, "oncall")))
    await pressed_resolve(around, sql)
    await asked(around, ASK)
    return room


async def test_each_of_them_answers_by_a_link_of_their_own(surroundings: World, sql: Any) -> None:
    """The page asks, and a click answers: a scanner that follows the link has answered nothing. The last one counts."""
    around = surroundings
    async with running_bot(around, pm_public_url=f"{PUBLIC}/") as url, httpx.AsyncClient(base_url=url) as http:
        room, number = await told_and_over(around, sql), of_acme(sql)
        await approve(around)
        await until(lambda: len(around.mailbox.letters) == 2 * number)
        links = {re.findall(rf"{PUBLIC}(/answer/\S+)", text_of(one))[0] for one in around.mailbox.letters[number:]}
        assert len(links) == number
        secrets = [one.rpartition("/")[2] for one in links]
        await until(
            lambda: (
                not any(sql("SELECT 1 FROM pmbot.effects WHERE request::text LIKE %s", f"%{one}%") for one in secrets)
            )
        )
        assert not any(sql("SELECT 1 FROM pmbot.incident_answers WHERE digest = %s", one) for one in secrets)
        asked_of = f"{counted(number, 'person was', 'people were')} asked; nobody has answered yet"
        await until(lambda: asked_of in incident_card(around, room)["text"])

        link = min(links)
        page = await http.get(link)
        assert (page.status_code, "incident 3?" in page.text, sql(GIVEN)) == (200, True, [])
        for score in (4, 2):
            assert "Thank you" in (await http.post(link, data={"score": score})).text
        assert sql(GIVEN) == [(2,)]
        assert (await http.post(link, data={"score": 6})).status_code == 400
        assert (await http.post(f"{link}x", data={"score": 5})).status_code == 404
        given = f"1 of {number} answered: 2.0 of 5 on average (2: 1)"
        await until(lambda: given in incident_card(around, room)["text"])
        await said(around, room, "oncall", "/pm incident review 3")
        files = around.slack.state.files.values()
        review = await until(
            lambda: next((one.content.decode() for one in files if one.complete and one.name.endswith(".md")), None)
        )
        assert given in review
        assert "| 2: a little | 1 |" in review

        sql("UPDATE pmbot.incident_answers SET asked = now() - interval '31 days'")
        assert (await http.get(link)).status_code == 404
        assert (await http.post(link, data={"score": 5})).status_code == 404
        assert sql(GIVEN) == [(2,)]


async def test_without_an_address_for_answers_nobody_has_to_decide(bot_world: World, sql: Any) -> None:
    """Whoever asks for it hears at once what is not set."""
    await declared(bot_world, SMTP)
    await asked(bot_world, TELL.format(who="Acme Corp"))
    await approve(bot_world)
    [(before,)] = sql(REQUESTS)
    await bot_world.slack.command(slack_id("oncall"), OPS, ASK)
    why = "Nobody could answer the question: PM_PUBLIC_URL is not set. Nothing was done."
    await until(lambda: any(why in one for one in said_to(bot_world, "oncall")))
    assert sql(REQUESTS) == [(before,)]


async def test_a_setting_that_is_gone_by_then_sends_no_question(surroundings: World) -> None:
    """A link that leads nowhere is worse than no mail."""
    mailer = Mailer(surroundings.mailbox.url, "ops@penguinmails.example", Letters(templates_folder()))
    request = {"to": "jo@acme.example", "letter": "incident_question", "context": {}, ONCE: {"answer_with": "x"}}
    with pytest.raises(EffectRefused, match="PM_PUBLIC_URL is not set"):
        await mailer.send("key", request)
    assert surroundings.mailbox.letters == []


async def test_without_a_mail_server_nobody_has_to_decide_on_mails(surroundings: World, sql: Any) -> None:
    """Neither on a notice nor on an invitation."""
    async with running_bot(surroundings, smtp_url=None):
        for typed in ("tenant notice Acme Corp about spam because mail", INVITE):
            await surroundings.slack.command(slack_id("root"), OPS, f"/pm {typed}")
        why = "The bot cannot send mails: SMTP_URL is not set. Nothing was done."
        await until(lambda: [why in one for one in said_to(surroundings, "root")] == [True, True])
        assert sql(REQUESTS) == [(0,)]
