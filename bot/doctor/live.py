"""`pm doctor --live '#channel'`: all that the bot does in Slack, done once with the real token, and taken back again.

Each post carries the round trip's id as metadata, so that what Slack did and did not answer is found and deleted too.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.delivery import charts, webapi
from bot.delivery.channels import Channels
from bot.doctor.findings import Finding, failed, ok, warning
from bot.drawing.elements import button
from bot.store.database import OPTIONS, conninfo

Tell = Callable[[Finding], None]

TIMEOUT = 10  # seconds for one call
ATTEMPTS = 4  # at a call that Slack wants later
LONGEST_WAIT = 30.0  # seconds that are waited because Slack asks to
FILE_READY = (1.0, 2.0, 3.0)  # seconds until a picture that was just uploaded is tried again
SECOND_LOOK = 1.5  # seconds until history has what was posted without an answer
LOOK = 0.5  # seconds between two looks for the click
METADATA = "pm_doctor"
SAYS = "pm doctor is testing this channel and deletes this message soon. You need not do anything."
PRESSED = """
SELECT payload -> 'user' ->> 'id' FROM pmbot.inbox
WHERE kind = 'click' AND payload -> 'actions' -> 0 ->> 'value' = %s ORDER BY id LIMIT 1
"""
CLEAN_UP = "Delete by hand what the test left behind, then look at the answers above."


class RoundTrip:
    """One trip through a channel. `left` are the messages to take back, `files` the pictures."""

    def __init__(self, settings: Settings, channel: str, tell: Tell) -> None:
        token = settings.slack_bot_token.get_secret_value()
        self.client = AsyncWebClient(token=token, base_url=settings.api_url, timeout=TIMEOUT, retry_handlers=[])
        self.named, self.tell = channel, tell
        self.url = settings.database_url.get_secret_value()
        self.id = str(uuid.uuid4())
        self.channel = ""
        self.began = time.time()
        self.left: list[str] = []
        self.files: list[str] = []
        self.unsure = False
        """Something may have been posted without an answer."""

    async def run(self, person: str | None, wait: float) -> None:
        """All of it. `person`: who gets what one person sees; else whoever presses the button in `wait` seconds."""
        try:
            if await self._find_channel():
                await self._messages()
                await self._chart()
                pressed = await self._button(wait)
                await self._for_one(person or pressed)
        finally:
            await asyncio.shield(self._take_back())

    async def _find_channel(self) -> bool:
        async with self._step("channel", "found"):
            channel = await Channels(self.client, {}).id_of(self.named)
            await self._call(self.client.conversations_info, channel=channel)
            self.channel = channel
        return bool(self.channel)

    async def _messages(self) -> None:
        parent = ""
        async with self._step("post", "posted"):
            parent = await self._post(text=SAYS)
        if not parent:
            return
        async with self._step("update", "changed"):
            await self._call(self.client.chat_update, channel=self.channel, ts=parent, text=SAYS, metadata=self._mark())
        async with self._step("thread", "answered in its thread"):
            await self._post(text=SAYS, thread_ts=parent)
        async with self._step("metadata", "found again in the channel's history and in the thread"):
            found = await self._ours()
            if set(self.left) - set(found):
                raise LookupError("history does not have all that was posted, or not its metadata")

    async def _chart(self) -> None:
        chart = charts.line_chart("pm doctor", ["mon", "tue"], [charts.Series("try", [1, 2])], x="day", y="number")
        content = {"text": SAYS, "blocks": [chart]}
        try:
            await self._post(**content)
        except SlackApiError as error:
            if not charts.refused(error, content):
                self._refused("chart", error)
                return
            self.tell(
                warning("chart", f"Slack does not draw it itself: {webapi.code(error)}", "Pictures are used instead.")
            )
        except webapi.UNANSWERED as error:
            self._refused("chart", error)
            return
        else:
            self.tell(ok("chart", "drawn by Slack itself"))
        async with self._step(
            "picture", "uploaded and shown as a picture, which the bot uses where Slack cannot draw charts"
        ):
            await self._picture(chart)

    async def _picture(self, chart: dict[str, Any]) -> None:
        uploaded = await self._call(
            self.client.files_upload_v2,
            content=await asyncio.to_thread(charts.png, chart),
            filename="chart.png",
            title="pm doctor",
        )
        file_id = uploaded["file"]["id"]
        self.files.append(file_id)
        content = {
            "text": SAYS,
            "blocks": [{"type": "image", "slack_file": {"id": file_id}, "alt_text": charts.words(chart)}],
        }
        for wait in FILE_READY:  # Slack knows a file only some time after it was uploaded
            try:
                await self._post(**content)
            except SlackApiError as error:
                if not charts.refused(error, content):
                    raise
                await asyncio.sleep(wait)
            else:
                return
        await self._post(**content)

    async def _button(self, wait: float) -> str | None:
        """Who pressed it, as the running bot stored it."""
        if wait <= 0:
            self.tell(warning("button", "nobody was asked to press one", "Leave out --wait to try the way back too."))
            return None
        pressed: str | None = None
        async with self._step("button", "posted"):
            says = f"{SAYS} Somebody please press the button."
            blocks = [{"type": "actions", "elements": [button("Press me", "doctor", self.id)]}]
            await self._post(text=says, blocks=[{"type": "section", "text": _plain(says)}, *blocks])
            pressed = await self._pressed(wait)
            if pressed is None:
                raise LookupError("nobody pressed it, or no bot runs that stored the click in this database")
        return pressed

    async def _pressed(self, wait: float) -> str | None:
        until = time.monotonic() + wait
        async with await AsyncConnection.connect(conninfo(self.url), options=OPTIONS, autocommit=True) as connection:
            while time.monotonic() < until:
                row = await (await connection.execute(PRESSED, (self.id,))).fetchone()
                if row is not None:
                    return str(row[0])
                await asyncio.sleep(LOOK)
        return None

    async def _for_one(self, person: str | None) -> None:
        if person is None:
            self.tell(warning("person", "private answers and App Home were not tried", "Say for whom: --person U…"))
            return
        async with self._step("ephemeral", f"shown only to {person}"):
            await self._call(self.client.chat_postEphemeral, channel=self.channel, user=person, text=SAYS)
        async with self._step(
            "home", f"test page shown in the App Home of {person}; their own page returns when they open it again"
        ):
            home = {"type": "home", "blocks": [{"type": "section", "text": _plain(f"{SAYS} Open this page again.")}]}
            await self._call(self.client.views_publish, user_id=person, view=home)

    # What all of them share

    @asynccontextmanager
    async def _step(self, subject: str, done: str) -> AsyncIterator[None]:
        """One line for what happens in the block, with Slack's own answer where it says no."""
        try:
            yield
        except (SlackApiError, *webapi.UNANSWERED, LookupError, psycopg.Error) as error:
            self._refused(subject, error)
        else:
            self.tell(ok(subject, done))

    def _refused(self, subject: str, error: BaseException) -> None:
        if isinstance(error, SlackApiError):
            reasons = (webapi.body(error).get("response_metadata") or {}).get("messages") or []
            needs = webapi.body(error).get("needed")
            said = [webapi.code(error), *map(str, reasons), *([f"needs {needs}"] if needs else [])]
            self.tell(
                failed(subject, f"Slack says {', '.join(said)}", "Look it up at docs.slack.dev, and see pm doctor.")
            )
        elif isinstance(error, LookupError):
            self.tell(
                failed(
                    subject, str(error), "Try again. If it fails again, run pm doctor: it checks scopes and settings."
                )
            )
        else:
            self.unsure = True
            self.tell(
                failed(
                    subject,
                    f"no answer ({type(error).__name__})",
                    "Check the network connection to Slack, then try again.",
                )
            )

    async def _call(self, method: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
        """A call, made again when Slack wants it later."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await method(**arguments)
            except SlackApiError as error:
                if not webapi.is_passing(error):
                    raise
                await asyncio.sleep(min(LONGEST_WAIT, webapi.retry_after(error)))
        return await method(**arguments)

    async def _post(self, **content: Any) -> str:
        answer = await self._call(
            self.client.chat_postMessage, channel=self.channel, metadata=self._mark(), parse="none", **content
        )
        self.left.append(answer["ts"])
        return str(answer["ts"])

    def _mark(self) -> dict[str, Any]:
        return {"event_type": METADATA, "event_payload": {"id": self.id}}

    async def _ours(self) -> list[str]:
        """What carries our id in the channel, replies first."""
        look = {"channel": self.channel, "oldest": f"{self.began - 60:.6f}", "limit": 200, "include_all_metadata": True}
        history = await self._call(self.client.conversations_history, **look)
        tops = [one for one in history["messages"] if self._is_ours(one)]
        replies: list[dict[str, Any]] = []
        for top in tops:
            thread = await self._call(self.client.conversations_replies, ts=top["ts"], **look)
            replies += [one for one in thread["messages"] if self._is_ours(one) and one["ts"] != top["ts"]]
        return [one["ts"] for one in (*replies, *tops)]

    def _is_ours(self, message: dict[str, Any]) -> bool:
        return bool(message.get("metadata", {}).get("event_payload", {}).get("id") == self.id)

    async def _take_back(self) -> None:
        """Delete what was posted, also what nobody answered for."""
        if not self.channel:
            return
        if self.unsure:
            await asyncio.sleep(SECOND_LOOK)
        try:
            found = await self._ours()
        except (SlackApiError, *webapi.UNANSWERED):
            found = []
        messages = dict.fromkeys([*found, *reversed(self.left)])
        gone = [await self._gone(self.client.chat_delete, channel=self.channel, ts=ts) for ts in messages]
        left = [f"the message {ts}" for ts, is_gone in zip(messages, gone, strict=True) if not is_gone]
        left += [f"the file {one}" for one in self.files if not await self._gone(self.client.files_delete, file=one)]
        if left:
            self.tell(failed("delete", f"left behind in {self.named}: {', '.join(left)}", CLEAN_UP))
        else:
            self.tell(ok("delete", "nothing is left behind"))

    async def _gone(self, method: Callable[..., Awaitable[Any]], **what: str) -> bool:
        for _ in range(ATTEMPTS):
            try:
                await self._call(method, **what)
            except webapi.UNANSWERED:
                continue
            except SlackApiError as error:
                return webapi.code(error) in ("message_not_found", "file_not_found", "file_deleted")
            else:
                return True
        return False


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
