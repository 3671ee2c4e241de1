"""Customers are asked afterwards how satisfied they are with how they were told; nobody sees who said what."""

import re
from typing import Any

import httpx

from bot.demo.world import World, slack_id
from bot.words import counted
from tests.conftest import OPS, asked, card, running_bot, until, whispers
from tests.integration.test_customers import TELL, approve, of_acme, pressed_resolve
from tests.integration.test_incidents import SMTP, declared, incident_card, said
from tests.integration.test_mail import text_of

PUBLIC = "https://ops.example"
ASK = "/pm incident follow-up 3 asking satisfaction saying All mails have left."
GIVEN = "SELECT score FROM pmbot.incident_answers WHERE score IS NOT NULL"


async def told_and_over(around: World, sql: Any) -> Any:
    """An incident of which Acme was told, and that is resolved; its room."""
    room = await declared(around, SMTP)
    await asked(around, TELL.format(who="Acme Corp"))
    await approve(around)
    await around.slack.command(slack_id("oncall"), OPS, ASK)
    await until(lambda: any("Customers are asked when it is resolved" in one for one in whispers(around, "oncall")))
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


async def test_without_an_address_for_answers_no_such_mail_is_sent(bot_world: World, sql: Any) -> None:
    """And the card says why."""
    await told_and_over(bot_world, sql)
    shown = await until(lambda: one if "'approve'" in str((one := card(bot_world))["blocks"]) else None)
    await bot_world.slack.click(slack_id("ines"), shown["ts"], OPS, "approve")
    await until(lambda: "is not set, so nobody could answer the question. (6 times)" in card(bot_world)["text"])
    assert len(bot_world.mailbox.letters) == of_acme(sql)
