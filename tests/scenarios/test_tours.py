"""The guided tour, as the page asks for it: done for the visitor, done by the visitor, and watched."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.demo.scenarios.stage import Surroundings
from bot.demo.scenarios.tours import GuidedTours
from bot.demo.world import World, slack_id, workspace
from localslack import LocalSlack
from tests.conftest import OPS, asked, card, reject, until

Running = dict[str, Any]


@pytest.fixture
async def tours(bot_world: World) -> AsyncIterator[GuidedTours]:
    around = Surroundings(bot_world.slack, bot_world.database_url, bot_world.platform_url)
    bot_world.slack.tours = made = GuidedTours(around)
    yield made
    await made.close()


async def waits_for(tours: GuidedTours, name: str) -> Running:
    """The tour, once it waits for something that this person has to do; what was checked before is read."""

    async def asking() -> Running | None:
        running = tours.state()["running"]
        if running["reading"]:
            await tours.play()
        return running if running.get("person") == slack_id(name) else None

    return await until(asking)


async def over(tours: GuidedTours) -> Running:
    await until(lambda: tours.state()["running"]["state"] != "playing")
    return tours.state()["running"]


async def test_everything_done_for_the_visitor(bot_world: World, tours: GuidedTours) -> None:
    """Over HTTP, as the page does it; it says what to point at, and in the end what was checked."""
    async with httpx.AsyncClient(base_url=f"{bot_world.slack_url}/_local", trust_env=False) as page:
        offered = (await page.get("/tours")).json()
        assert offered["running"] is None
        first = offered["tours"][0]
        assert (first["title"], first["group"]) == ("A stolen laptop", "Begin here")
        assert len({one["group"] for one in offered["tours"]}) < 7, "so many heads are read in one go"
        await page.post("/tour_start", json={"name": "revoke-with-approval", "user": "U0ONCALL"})
        typing = await waits_for(tours, "oncall")
        assert typing["target"] == {"channel": OPS, "text": "/pm revoke @staffer because laptop stolen"}
        assert {"name": "Security", "person": "U0SECURITY"} in typing["cast"]
        await page.post("/tour_play", json={})
        clicking = await waits_for(tours, "security")
        assert clicking["target"]["ts"] == card(bot_world)["ts"]
        await page.post("/tour_play", json={})
        done = await over(tours)
        assert (done["state"], done["checked"], done["not_checked"]) == ("done", 8, 0)
        assert {step["mark"] for step in done["steps"]} == {"done"}
        assert (await page.get("/tours")).json()["running"] == done


async def test_what_the_visitor_does_is_noticed(bot_world: World, tours: GuidedTours) -> None:
    """In their own words; nobody has to say that it was done, and another's click is not theirs."""
    await tours.start("nobody-approves-their-own-request")
    await waits_for(tours, "oncall")
    await asked(bot_world, "/pm revoke @staffer because I feel like it")
    reading = await until(lambda: tours.state()["running"]["reading"] and tours.state()["running"])
    assert reading["steps"][1]["mark"] == "done"
    click = (card(bot_world)["ts"], OPS, "approve")
    await bot_world.slack.click(slack_id("support"), *click)
    assert tours._tour is not None
    assert tours._tour.deed is not None
    assert not tours._tour.deed.noticed()
    await bot_world.slack.click(slack_id("oncall"), *click)
    await until(lambda: tours.state()["running"]["steps"][-3]["mark"] == "done")
    await waits_for(tours, "oncall")
    await tours.play()  # the request is withdrawn in the end
    assert (await over(tours))["state"] == "done"


async def test_a_visitor_who_goes_elsewhere_is_told_what_was_expected(bot_world: World, tours: GuidedTours) -> None:
    """The card was rejected meanwhile: the step fails with what is on the screen, and the rest is left."""
    await tours.start("revoke-with-approval")
    await waits_for(tours, "oncall")
    await tours.play()
    await waits_for(tours, "security")
    await reject(bot_world, card(bot_world)["ts"])
    await until(lambda: "rejected by" in card(bot_world)["text"])
    await tours.play()
    failed = await over(tours)
    step = failed["steps"][failed["at"] - failed["not_checked"]]
    assert failed["state"] == "failed"
    assert step["expected"] == "There is a button “Sign out Priya Raghunathan” to click."
    assert "rejected by Amara Okonkwo" in step["found"][0]
    assert failed["steps"][-1]["mark"] == "not played"


async def test_a_tour_may_be_begun_again_and_left(bot_world: World, tours: GuidedTours) -> None:
    """One at a time, from the beginning; what was asked for before does not count."""
    await tours.start("revoke-with-approval")
    await waits_for(tours, "oncall")
    await tours.play()
    await waits_for(tours, "security")
    await tours.start("revoke-with-approval")
    again = await waits_for(tours, "oncall")
    assert again["at"] == 1
    assert (await tours.stop())["running"] is None
    with pytest.raises(LookupError):
        await tours.start("nonsense")


async def test_where_there_are_no_tours_none_is_offered() -> None:
    """A local Slack of its own has none, and says so."""
    slack = LocalSlack(workspace())
    async with slack.serve() as url, httpx.AsyncClient(base_url=f"{url}/_local", trust_env=False) as page:
        assert (await page.get("/tours")).json() == {"tours": [], "running": None}
        refused = await page.post("/tour_start", json={"name": "revoke-with-approval"})
        assert (refused.status_code, "there is no tour" in refused.json()["error"]) == (400, True)


async def played(tours: GuidedTours, name: str) -> Running:
    """The tour from its beginning to its end, everything done for the visitor."""
    await tours.start(name)
    while tours.state()["running"]["state"] == "playing":
        await tours.play()
        await asyncio.sleep(0.05)
    return await over(tours)


async def test_a_tour_is_possible_after_any_other_and_again(bot_world: World, tours: GuidedTours) -> None:
    """Each makes its own beginning: what the one before left, done or left half-way, is in nobody's way."""
    for name in ("a-stolen-laptop", "revoke-with-approval", "a-stolen-laptop"):
        done = await played(tours, name)
        assert done["state"] == "done", [step for step in done["steps"] if step["mark"] == "failed"]
    await tours.start("a-stolen-laptop")
    await waits_for(tours, "oncall")
    await tours.play()
    await waits_for(tours, "security")  # a request is open now
    assert (await played(tours, "a-stolen-laptop"))["state"] == "done"
    await tours.start("a-stolen-laptop")
    for name in ("oncall", "security"):
        await waits_for(tours, name)
        await tours.play()
    await until(lambda: tours.state()["running"]["at"] > 6 and tours.state()["running"]["reading"])
    assert (await played(tours, "revoke-with-approval"))["state"] == "done"  # she was suspended


async def test_what_was_observed_stands_beside_each_check_until_the_visitor_goes_on(
    bot_world: World, tours: GuidedTours
) -> None:
    """Answers before and after, times, entries of the record; nothing runs past whoever wants to read them."""
    await tours.start("a-stolen-laptop")
    for name in ("oncall", "security"):
        await waits_for(tours, name)
        await tours.play()
    running = await until(lambda: tours.state()["running"]["at"] > 6 and tours.state()["running"])
    running = await until(lambda: tours.state()["running"]["reading"] and tours.state()["running"])
    assert "person" not in running  # nobody is asked for anything yet
    assert (running["part"], running["parts"]) == (2, 4)
    seen = [step["seen"] for step in running["steps"] if step["mark"] == "done" and step["kind"] == "then"]
    _, _, before, confirmed, _, refused, sign_in, record = seen
    assert re.fullmatch(r"Asked with each of the 4 sessions, the platform answered 200 at [\d:]{8}\.", before)
    assert "confirmed by the platform" in confirmed
    assert re.search(r"answered 200 at [\d:]{8}, and 401 at [\d:]{8}\.$", refused)
    assert re.search(
        r"^This tour tried to sign in as Priya Raghunathan at [\d:]{8}\. The platform answers 403\.$", sign_in
    )
    who = r"[\d:]{8} Óscar Peñalver asked; [\d:]{8} Amara Okonkwo decided; [\d:]{8} the bot carried it out\.$"
    assert re.search(who, record)
    await tours.play()
    assert (await waits_for(tours, "security"))["part"] == 3


async def comes_to(tours: GuidedTours, part: int) -> None:
    """Wait until that part is asked of the visitor; what was checked before is read."""

    async def there() -> bool:
        running = tours.state()["running"]
        if running["reading"]:
            await tours.play()
        return "person" in running and running["part"] == part

    await until(there)


async def test_a_tour_that_is_left_right_after_a_step_was_asked_for_ends(tours: GuidedTours) -> None:
    """Whoever leaves it is not kept waiting for what they no longer see."""
    await tours.start("revoke-with-approval")
    await waits_for(tours, "oncall")
    await tours.play()
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert (await tours.stop())["running"] is None


async def test_a_flag_that_a_tour_left_off_is_on_again_for_the_next(bot_world: World, tours: GuidedTours) -> None:
    """Left when the flag was off for the customer, and begun again."""
    await tours.start("flag-off-for-one-tenant")
    for part in (1, 2):  # asked for, and confirmed
        await comes_to(tours, part)
        await tours.play()
    await comes_to(tours, 3)
    done = await played(tours, "flag-off-for-one-tenant")
    assert done["state"] == "done", [step for step in done["steps"] if step["mark"] == "failed"]
