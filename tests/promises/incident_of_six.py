"""Six people, two hours, three alerts, a merge, a reopening, an edited and a deleted message, a death at each of it.

One incident is played from its first alert to its review, minute by minute. At whatever happens, the worker or the
clock that makes it happen is killed, before or after its commit. What is read in the end, in each channel and in the
review, is incident_of_six.txt, word for word. PM_PICTURES writes it anew, to be read before it is kept.
"""

import os
from pathlib import Path
from typing import Any

from bot.demo.world import World, slack_id
from bot.drawing.render import Renderer
from bot.incidents.document import document
from bot.store.database import Database
from bot.store.models import Incident
from tests.conftest import OPS, cards, until
from tests.integration.test_incidents import incident_card, rooms
from tests.integration.test_sources import RULES
from tests.promises.played import Sql, Stage, stage

GOLDEN = Path(__file__).with_name("incident_of_six.txt")
POLICY = Path(__file__).parents[2] / "bot/policy.toml"
STAKEHOLDERS = "C0GENERAL"

# Where a process is killed.
BEFORE, AFTER = (f"commit of dispatch.Dispatcher._handled: {when}" for when in ("before", "after"))
MARKED, MARKED_AFTER = (f"commit of marks.Marks.look: {when}" for when in ("before", "after"))
UNSETTLED = "commit of deliver.Delivery._settle: before"
JUDGED = "commit of evaluate.Evaluator.sweep: before"
REMINDED, SAID = (f"commit of clocks.Clocks.sweep: {when}" for when in ("before", "after"))

MAIL_DOWN = (
    "INSERT INTO service_health (service, status, p95_ms, error_rate, backlog)"
    " VALUES ('SMTP service', 'down', 110, 0, 4200)"
)
MAIL_UP = "UPDATE service_health SET status = 'healthy', backlog = 0 WHERE service = 'SMTP service'"
DISK = "UPDATE host_health SET disk = %s WHERE host = 'worker-01'"
LISTED = (
    "UPDATE smtp_ip_addresses SET provider_blacklist_status = %s::jsonb"
    " WHERE id = (SELECT id FROM smtp_ip_addresses ORDER BY ip_address LIMIT 1)"
)
PENDING = "SELECT count(*) FROM pmbot.alerts WHERE rule = %s AND state = 'pending'"
STATE = "SELECT state FROM pmbot.alerts WHERE rule = %s ORDER BY since DESC LIMIT 1"


class Story:
    """Who does what, and when; each time a process dies of it."""

    def __init__(self, played: Stage) -> None:
        self.played, self.slack, self.sql = played, played.around.slack, played.sql
        self.rooms: list[Any] = []

    @property
    def room(self) -> Any:
        """The first incident's; the other one is merged into it."""
        return self.rooms[0]

    async def types(self, minute: int, death: str, who: str, text: str, channel: str | None = None) -> None:
        await self.played.at(minute)
        async with self.played.dying(death):
            await self.slack.command(slack_id(who), channel or self.room.id, text)

    async def clicks(self, minute: int, death: str, who: str, button: str, text: str = "") -> None:
        """On the incident's card, or on the newest message with that text."""
        await self.played.at(minute)
        place, ts = (self.room.id, incident_card(self.played.around, self.room)["ts"]) if not text else self.found(text)
        async with self.played.dying(death):
            await self.slack.click(slack_id(who), ts, place, button)

    async def fires(self, minute: int, rule: str, statement: str, *values: Any) -> None:
        """Something goes wrong; the clock that finds that it lasts dies of it."""
        await self.played.at(minute)
        self.sql(statement, *values)
        await until(lambda: self.sql(PENDING, rule) == [(1,)])
        await self.played.dying_clock(JUDGED, minute + 1)
        await until(lambda: self.sql(STATE, rule) == [("firing",)])
        await self.played.quiet()

    async def ends(self, minute: int, rule: str, statement: str, *values: Any) -> None:
        self.played.stop_clock()
        self.sql(statement, *values)
        await self.played.dying_clock(JUDGED, minute)
        await until(lambda: self.sql(STATE, rule) == [("resolved",)])
        await self.played.quiet()

    async def is_due(self, minute: int, death: str, what: str) -> None:
        """Somebody is reminded; the clock that finds it due dies of it."""
        before = self.found(text := f"Due: {what}")
        await self.played.dying_clock(death, minute)
        await until(lambda: self.found(text) != before)
        await self.played.quiet()

    async def opened(self) -> None:
        """The newest incident's room is complete."""
        self.rooms = await until(lambda: new if len(new := rooms(self.played.around)) > len(self.rooms) else None)
        await until(lambda: self.rooms[-1].bookmarks and cards(self.played.around, self.rooms[-1].id))
        await self.played.quiet()

    def found(self, text: str) -> tuple[str, str] | None:
        places = [OPS, STAKEHOLDERS, *(one.id for one in self.rooms)]
        all_of_them = [(place, one) for place in places for one in cards(self.played.around, place)]
        ours = [(place, one["ts"]) for place, one in all_of_them if text in one["text"]]
        return max(ours, key=lambda one: one[1], default=None)


async def declared_from_an_alert(story: Story) -> None:
    await story.fires(0, "service-state", MAIL_DOWN)
    await story.clicks(2, AFTER, "oncall", "alert:acknowledge", "SMTP service is not healthy")
    await story.clicks(3, BEFORE, "oncall", "incident:declare", "SMTP service is not healthy")
    await story.opened()
    for who in ("tomasz", "kofi", "security", "hana", "support"):
        await story.slack.join(slack_id(who), story.room.id)
    await story.clicks(4, AFTER, "tomasz", "incident:role:commander")
    await story.types(5, BEFORE, "kofi", "/pm incident lead 3 technical")
    await story.types(6, UNSETTLED, "security", "/pm incident lead 3 security")
    await story.types(7, AFTER, "hana", "/pm incident lead 3 communications")


async def written_down(story: Story) -> None:
    """What people mark, change and take back."""
    slack, room, played = story.slack, story.room.id, story.played
    await played.at(8)
    kept = await slack.say(slack_id("kofi"), room, "the disk of smtp-01 is full")
    await slack.say(slack_id("support"), room, "good morning, which customers are concerned?")
    taken_back = await slack.say(slack_id("support"), room, "Acme Corp pays late, too")
    for ts, who, death in ((kept, "tomasz", MARKED), (taken_back, "oncall", MARKED_AFTER)):
        async with played.dying(death):
            await slack.react(slack_id(who), room, ts, "pushpin")
    await played.at(9)
    async with played.dying(MARKED_AFTER):
        await slack.edit(slack_id("kofi"), room, kept, "the disk of worker-01 is full")
    async with played.dying(MARKED):
        await slack.delete_own(slack_id("support"), room, taken_back)
    await story.types(
        12, BEFORE, "hana", "/pm incident update 3 next 30m saying No mail leaves. We look at the disk of worker-01."
    )


async def merged(story: Story) -> None:
    """Two more alerts: one belongs to it, the other one to what turns out to be the same problem."""
    await story.fires(13, "host-disk", DISK, 0.97)
    await story.clicks(15, BEFORE, "kofi", "alert:acknowledge", "The disk of worker-01")
    await story.types(16, AFTER, "kofi", "/pm incident attach 3 worker-01")
    await story.types(17, BEFORE, "support", "/pm incident P3 campaigns are late", OPS)
    await story.opened()
    await story.fires(18, "ip-listed", LISTED, '{"spamlist.example": true}')
    await story.clicks(20, AFTER, "security", "alert:acknowledge", "is on a blocklist")
    listed = story.sql("SELECT subject FROM pmbot.alerts WHERE rule = 'ip-listed' AND state <> 'resolved'")[0][0]
    await story.types(21, BEFORE, "security", f"/pm incident attach 4 {listed}")
    await story.types(22, AFTER, "tomasz", "/pm incident severity 4 P2 because a hundred customers", OPS)
    await story.types(23, BEFORE, "tomasz", "/pm incident merge 4 into 3 because it is one problem", OPS)


async def what_was_due(story: Story) -> None:
    await story.is_due(34, REMINDED, "customers")
    await story.clicks(35, AFTER, "hana", "incident:met:customers", "Due: customers")
    await story.is_due(43, SAID, "the next update")
    await story.types(44, BEFORE, "hana", "/pm incident update 3 next 1h saying Room was made. Mail leaves again.")
    await story.is_due(64, REMINDED, "executives")
    await story.clicks(65, BEFORE, "tomasz", "incident:snooze:executives", "Due: executives")
    await story.is_due(81, SAID, "executives")
    await story.clicks(82, AFTER, "tomasz", "incident:met:executives", "Due: executives")


async def over_and_not_over(story: Story) -> None:
    await story.ends(84, "service-state", MAIL_UP)
    await story.ends(85, "host-disk", DISK, 0.37)
    await story.ends(86, "ip-listed", LISTED, "{}")
    await story.types(88, BEFORE, "tomasz", "/pm incident resolve 3 because worker-01 has room again")
    await story.types(95, AFTER, "oncall", "/pm incident reopen 3 because the logs fill the disk again")
    await story.is_due(105, REMINDED, "the next update")
    await story.types(110, UNSETTLED, "tomasz", "/pm incident resolve 3 because logs are rotated every hour now")


async def looked_back(story: Story) -> None:
    findings = (
        "impact 3,900 mails were an hour late causes nothing rotated the logs of bounces"
        " well the alert came before the first ticket"
    )
    await story.types(112, AFTER, "kofi", f"/pm incident findings 3 {findings}")
    await story.types(114, BEFORE, "tomasz", "/pm incident task 3 to @kofi by 14d saying watch the logs of bounces")
    await story.types(116, AFTER, "kofi", "/pm incident done 2")
    await story.types(120, BEFORE, "tomasz", "/pm incident review 3")


async def test_what_everybody_reads_whoever_dies(surroundings: World, sql: Sql, tmp_path: Path) -> None:
    """Each message once, each line once, in its order; nothing of what was taken back."""
    policy = tmp_path / "policy.toml"
    theirs = POLICY.read_text("utf-8").replace('# stakeholders = "incidents"', 'stakeholders = "general"')
    policy.write_text(theirs, "utf-8")
    async with stage(surroundings, sql, tmp_path, pm_policy=policy) as played:
        story = Story(played)
        for act in (declared_from_an_alert, written_down, merged, what_was_due, over_and_not_over, looked_back):
            await act(story)
        await played.quiet()
        told = await whole(story)
    if os.environ.get("PM_PICTURES"):
        GOLDEN.write_text(told, "utf-8")
    assert told == GOLDEN.read_text("utf-8")


async def whole(story: Story) -> str:
    """What is in each channel in the end, and the review."""
    played, parts = story.played, []
    places = {
        "#operations": OPS,
        "#general": STAKEHOLDERS,
        "the incident": story.rooms[0].id,
        "merged": story.rooms[1].id,
    }
    for name, channel in places.items():
        parts += [f"== {name}", *played.read(channel), ""]
    database = Database(played.around.database_url)
    async with database.snapshot() as session:
        [(one,)] = story.sql("SELECT id FROM pmbot.incidents WHERE number = 3")
        review = await document(session, Renderer(), await session.get_one(Incident, one), RULES)
    await database.close()
    return "\n".join([*parts, "== the review", "", played.timeless(review)])
