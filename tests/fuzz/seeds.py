"""Real payloads to begin with: people use a bot in the local Slack, and what it would send is written down."""

import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.world import slack_id
from bot.handlers.manifest import ABOUT_MESSAGE
from localslack import LocalSlack, hosting
from tests.conftest import OPS, until
from tests.fuzz.cases import Seed
from tests.integration.stripe_events import HAPPENINGS, Account

ASKED = {
    "/pm revoke @staffer because laptop stolen": "oncall",
    "/pm suspend @tomasz because left in anger": "oncall",
    "/pm pause email-sending for 2h because it backs up": "oncall",
    "/pm flag off ai-composer for Acme Corp for 2h because it eats drafts": "kofi",
    "/pm role add support to @tomasz for 2h because of the night shift": "security",
}
ANSWERED = {
    "/pm who @staffer": "oncall",
    "/pm revok @staffer because laptop stolen": "oncall",
    "/pm revoke maria because laptop stolen": "oncall",
    "/pm revoke @staffer because it is me who asks": "support",
    "/pm flag ai-composer": "kofi",
}
TYPED = [
    "",
    "help",
    "help revoke",
    "revoke @staffer because laptop stolen",
    "revoke @staffer",
    "who @staffer",
    "my access",
    "roles",
    "suspend @staffer because laptop stolen",
    "request engineering for 4h because on duty tonight",
    "lockdown @staffer because laptop stolen",
    "offboard @staffer because leaves",
    "onboard yara@penguinmails.example as support because came back",
    "verify @staffer",
    "activity @staffer",
    "reinstate @staffer because found",
    "role add support to @staffer for 2h because x",
    "role remove finance from @staffer because x",
    "role set qa for @staffer because x",
    "pause email-sending for 2h because x",
    'pause "Acme Corp" in email-sending until 18:00 because x',
    "resume email-sending because x",
    "queues",
    "slo",
    "incident P2 mail is not going out",
    "alerts",
    "silences",
    "alert silence email-sending until 18:00 because x",
    "alert silence end email-sending",
    "thresholds",
    "alert threshold queue-backlog high at 2000 clears 1000 because x",
    "alert threshold clear queue-backlog high because x",
    "incidents",
    "incident 1",
    "incident 1 lead commander to @staffer",
    "incident leave 1 commander",
    "incident severity 1 P1 because x",
    "incident update 1 next 30m saying x",
    "incident resolve 1 because x",
    "incident reopen 1 because x",
    "incident merge 1 into 2 because x",
    "incident withdraw 1 because x",
    "security incident P1 stolen credentials",
    "incident restrict 1 because x",
    "incident member add 1 @staffer",
    "incident member remove 1 @staffer",
    "incident evidence 1 saying x",
    "incident evidence 1 https://a.slack.com/archives/C0OPS/p1795443240000100?thread_ts=1.2 because x",
    "incident release 1 because x",
    "incident breach 1 high known 2h saying x",
    "incident told 1 authority saying x",
    "incident not needed 1 persons because x",
    "incident attach 1 email-sending",
    "incident detach 1 email-sending",
    'incident findings 1 causes "x"',
    "incident review 1",
    "incident task 1 to @staffer by 14d saying x",
    "incident done 1",
    "deployments",
    "deploy start API server version 1.4.2 because x",
    "deploy roll-back API server because x",
    "runbook smtp",
    "runbooks",
    "runbook confirm smtp",
    "stripe retry evt_demo000001",
    "reconcile acme",
    "invoices acme",
    "force sync acme because x",
    "incident notify 1 delay to all saying x",
    "incident follow-up 1 saying x",
    "incident follow-up 1 asking satisfaction saying x",
    "incident publish 1 identified headline x saying x",
    "incident retract 1 because x",
    'ticket refund-request "x" P2 for acme incident 1 because x',
    "ticket other x for kofi.castano@acme-corp.example because x",
    "tickets overdue",
    "tickets closed refund-request finance for acme page 2",
    "ticket T-1",
    "ticket take T-1",
    "assign T-1 @staffer",
    "ticket assign T-1 to engineering",
    "ticket comment T-1 saying x",
    "ticket wait T-1 because x",
    "ticket close T-1 because x",
    "ticket reopen T-3 because x",
    "escalate T-1 P1 to engineering because x",
    "ticket rate T-3 good because x",
    "maintenance",
    "maintenance start SMTP service for 2h because x",
    "maintenance announce everything from tomorrow 22:00 until 23:30 because x",
    "maintenance extend 1 by 1h",
    "maintenance end 1",
    "oncall",
    "oncall tomorrow",
    "oncall swap @staffer for 8h because x",
    "oncall assign me from friday 18:00 until saturday 9:00 in secondary because x",
    "workspace Newsletter of Acme Corp",
    "campaign Quarterly news of Acme Corp",
    "campaign pause Quarterly news of Acme Corp for 2h because x",
    "campaign resume Quarterly news of Acme Corp because x",
    "mailbox sales@acme-corp.example",
    "mailbox pause sales@acme-corp.example for 2h because x",
    "mailbox resume sales@acme-corp.example because x",
    "ip 203.0.113.51",
    "ip quarantine 203.0.113.51 until 18:00 because x",
    "ip return 203.0.113.51 because x",
    "domain check acme-corp.example",
    "spam Acme Corp",
    "queue email-sending",
    "jobs failed in email-sending",
    "job c8e75d0b",
    "retry c8e75d0b because x",
    "retry failed in email-sending because x",
    "prioritise Acme Corp in email-sending to high because x",
    "delete job c8e75d0b because x",
    "clear failed in email-sending because x",
    "flag off ai-composer because x",
    "flag on ai-composer for Acme Corp for 2h because x",
    "flag rollout ai-composer 25% watching 30m because x",
    "flag allow ai-composer for Acme Corp because x",
    "flag clear ai-composer for Acme Corp because x",
    "flag check ai-composer for Acme Corp",
    "user erase kofi.castano@acme-corp.example because x",
    "user export kofi.castano@acme-corp.example because x",
    "integrity",
    "conflicts",
    "flags",
    "flags stale",
    "holds",
    "extend 1 by 1h",
    "end 1 because x",
    "readonly on for 2h because x",
    "readonly off because x",
    "reviews",
    "step-up",
    "step-up reset @staffer because phone lost",
    "digest morning",
    "digest subscribe morning here at 08:30 Europe/Madrid on weekdays",
    "digest unsubscribe morning here",
    "digest subscriptions",
    "billing Acme Corp",
    "find kofi.castano@acme-corp.example",
    "find acme",
    "user kofi.castano@acme-corp.example",
    "user audit Kofi Castano",
    "view-as kofi.castano@acme-corp.example in Acme Corp",
    "user suspend where tenant=acme role=member because spam",
    "tenant policy where plan=scale two-factor on for 7d because x",
    "tenant settings where plan=scale security-alerts on because x",
    "tenant notice where plan=scale about spam because x",
    "users invite jo@new-company.example, sam@new-company.example to Acme Corp as admin because x",
    "roles remove finance from @staffer, @oncall because x",
    "roles remove finance where role=support because x",
    "limit where status=trial users<5 max_users to 50 for 30d because x",
    "tenant pause where not paused status=trial for 2h because x",
    "campaign pause where tenant=acme status=sending because x",
    "mailbox pause where domain=acme-corp.example for 1h because x",
    "flags off ai-composer where plan!=scale for 2h because x",
    "flags on ai-composer where Acme Corp, Acme Labs because x",
    "retry where queue=email-sending tenant=acme because x",
    "delete jobs where status=failed because x",
    "prioritise where queue=email-sending to high because x",
    "user revoke where domain=acme-corp.example status!=deleted because spam",
    "user role where tenant=acme role=member to admin in acme because x",
    "user reset-password where kofi.castano@acme-corp.example, ines@acme-corp.example because x",
    "user suspend kofi.castano@acme-corp.example for 24h because spam",
    "user role kofi.castano@acme-corp.example to admin in Acme Corp because x",
    "user invite jo@new-company.example to Acme Corp as admin because x",
    "user reset-password kofi.castano@acme-corp.example because x",
    "suspend kofi.castano@acme-corp.example because spam",
    "tenant Acme Corp",
    'tenants where status=trial users>50 created<2026-01-01 plan="Scale" page 2',
    "tenants where stauts=trial",
    "limit Acme Corp max_users to 50 for 30d because x",
    "plan override Acme Corp to enterprise for 30d because x",
    "trial extend Acme Corp by 14d because x",
    "comp Acme Corp for 60d because x",
    "tenant policy Acme Corp two-factor on because x",
    "tenant settings Acme Corp",
    "tenant settings set Acme Corp security-alerts on for 2h because x",
    'sandbox create "Import trial" for 14d because x',
    "settings security",
    "baseline agree because x",
    "drift",
    "setting staff.session_idle_minutes",
    "setting set staff.session_idle_minutes to 20 because x",
    "setting stage sending.warmup_step to 8 because x",
    "setting promote sending.warmup_step watching 30m because x",
    "setting roll back sending.warmup_step because x",
    "setting history sending.warmup_step",
    "setting check",
    "tenant approve Acme Corp because x",
    "tenant reject Acme Corp because x",
    "tenant notice Acme Corp about spam because x",
    "frobnicate",
    '"no such" because "quotes"',
    "revoke maria because x",
    "",
][:-1]  # the first is nothing at all


async def asked_for(slack: LocalSlack) -> None:
    """Cards, private answers and a form, as a bot draws them: there is something to click on."""
    for text, who in ASKED.items():
        known = len(_all_cards(slack))
        await slack.command(slack_id(who), OPS, text)
        await until(lambda known=known: len(_all_cards(slack)) > known)
    for text, who in ANSWERED.items():
        seen = len(slack.messages(OPS, slack_id(who)))
        await slack.command(slack_id(who), OPS, text)
        await until(lambda seen=seen, who=who: len(slack.messages(OPS, slack_id(who))) > seen)
    await slack.command(slack_id("oncall"), OPS, "/pm revoke @staffer")
    await until(lambda: slack.views(slack_id("oncall")))
    await slack.open_home(slack_id("oncall"))
    await until(lambda: slack.home(slack_id("oncall")))


def _all_cards(slack: LocalSlack) -> list[dict[str, Any]]:
    return [
        one
        for channel in (OPS, "C0SECURITY", "C0FINANCE")
        for one in slack.messages(channel, slack_id("root"))
        if one.get("metadata")
    ]


async def recorded(slack: LocalSlack) -> list[Seed]:
    """What people's use of it sends; somebody else takes it, so that none of it happens. And Stripe's events."""
    async with _nobody() as url:
        slack.request_url, begun = url, len(slack.deliveries)
        for text in TYPED:
            await slack.command(slack_id("oncall"), OPS, f"/pm {text}")
        await _clicks(slack)
        await _forms(slack)
        await _events(slack)
        taken = slack.deliveries[begun:]
    seeds = [Seed(one.kind, copy.deepcopy(one.payload)) for one in taken]
    return [*seeds, *(Seed("stripe", event) for event in _stripes())]


@asynccontextmanager
async def _nobody() -> AsyncIterator[str]:
    """Takes every request, and does nothing."""

    async def taken(request: Request) -> Response:
        return Response()

    async with hosting.serve(Starlette(routes=[Route("/", taken, methods=["POST"])])) as url:
        yield url


async def _clicks(slack: LocalSlack) -> None:
    for channel in (OPS, "C0SECURITY"):
        for user in map(slack_id, ("oncall", "kofi", "support")):
            for message in slack.messages(channel, user):
                for element in _elements(message["blocks"]):
                    await _click(slack, user, message["ts"], channel, element)
    home = slack.home(slack_id("oncall"))
    for element in _elements(home["blocks"] if home else []):
        await _click(slack, slack_id("oncall"), home["id"], None, element)


async def _click(slack: LocalSlack, user: str, ts: str, channel: str | None, element: dict[str, Any]) -> None:
    options = element.get("options") or [{}]
    if element["type"] in ("button", "overflow", "static_select"):
        await slack.click(user, ts, channel, element["action_id"], option=options[0].get("value"))


def _elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        yield from block.get("elements", []) if block["type"] == "actions" else []
        if "action_id" in block.get("accessory", {}):
            yield block["accessory"]


async def _forms(slack: LocalSlack) -> None:
    oncall = slack_id("oncall")
    view = slack.views(oncall)[-1]
    for letters in ("p", "pri", "zzz"):
        await slack.suggest(oncall, view["id"], None, "staffer", letters)
    await slack.submit(oncall, view["id"], {"reason": {"reason": "laptop stolen"}})


async def _events(slack: LocalSlack) -> None:
    oncall = slack_id("oncall")
    await slack.mention(oncall, OPS, "who @staffer")
    await slack.mention(oncall, OPS, "revoke @staffer because laptop stolen", thread_ts=cards_of(slack)[0]["ts"])
    await slack.post_as(oncall, await slack.open_dm(oncall), "who @staffer")
    await slack.open_home(oncall)
    await slack.shortcut(oncall, ABOUT_MESSAGE, channel=OPS, message_ts=cards_of(slack)[0]["ts"])
    await slack.deactivate("U0STRANGER")
    await slack.deactivate("U0STRANGER", deleted=False)
    await slack.delete_message(OPS, cards_of(slack)[-1]["ts"])
    await until(
        lambda: any(one.payload.get("event", {}).get("deleted_ts") for one in slack.deliveries if one.kind == "event")
    )


def cards_of(slack: LocalSlack) -> list[dict[str, Any]]:
    return [one for one in slack.messages(OPS, slack_id("root")) if one.get("metadata")]


def _stripes() -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for old_shape in (False, True):
        account = Account(customer="cus_demo0000", id="sub_demo0000", old_shape=old_shape)
        account.start()
        for happening in HAPPENINGS:
            account.now += 60
            happening(account)
        events += account.events
    return events
