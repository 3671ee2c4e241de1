"""files.*, as slack_sdk's files_upload_v2 calls them."""

from typing import ClassVar

import httpx
import pytest

from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SHARED, asked, modal


def bearer(slack):
    return {"Authorization": f"Bearer {slack.workspace.bot_token}"}


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def test_an_upload_is_a_message_with_the_file_and_the_comment(client, slack, app):
    """In the channel and thread it was meant for; the app hears of the message and of the file."""
    thread = await posted(client, OPS)
    answer = await client.files_upload_v2(
        channel=OPS, thread_ts=thread, content=PICTURE, filename="chart.png", title="Queues", alt_txt="A chart",
        initial_comment="See",
    )  # fmt: skip
    (_, message) = slack.messages(OPS)
    (file,) = message["files"]
    assert (message["text"], message["thread_ts"], message["user"]) == ("See", thread, BOT)
    assert (file["title"], file["mimetype"], file["alt_txt"], file["size"]) == (
        "Queues", "image/png", "A chart", len(PICTURE),
    )  # fmt: skip
    assert file["shares"] == {"public": {OPS: [{"ts": message["ts"], "channel_name": "operations"}]}}
    assert answer["file"]["id"] == file["id"]
    await until(lambda: app.events("file_shared"))
    assert app.events("file_shared")[0]["file_id"] == file["id"]
    await until(lambda: [one for one in app.events("message") if one.get("subtype") == "file_share"])


async def test_several_files_come_in_one_message_to_several_channels(client, slack):
    both = [{"content": "a", "filename": "a.txt"}, {"content": "b", "filename": "b.csv"}]
    await client.files_upload_v2(file_uploads=both, channels=[OPS, SHARED])
    for channel in (OPS, SHARED):
        (message,) = slack.messages(channel)
        assert [file["mimetype"] for file in message["files"]] == ["text/plain", "text/csv"]


async def test_without_a_channel_it_is_the_bots_alone(client, slack):
    file = (await client.files_upload_v2(content="x", filename="x.txt"))["file"]
    assert (file["is_public"], file["channels"]) == (False, [])
    assert (await client.files_info(file=file["id"]))["file"]["user"] == BOT


@pytest.mark.parametrize("way", ["raw", "form"])
async def test_bytes_arrive_as_they_are_whichever_way_they_are_sent(client, slack, way):
    """curl sends a form, the SDK plain bytes."""
    place = await client.files_getUploadURLExternal(filename="chart.png", length=len(PICTURE))
    sent = {"content": PICTURE} if way == "raw" else {"files": {"file": ("chart.png", PICTURE)}}
    async with httpx.AsyncClient() as http:
        assert (await http.post(place["upload_url"], **sent)).status_code == 200
        done = await client.files_completeUploadExternal(files=[{"id": place["file_id"]}])
        shown = await http.get(done["files"][0]["url_private"], headers=bearer(slack))
    assert shown.content == PICTURE
    assert shown.headers["Content-Disposition"] == "inline"


async def test_what_is_no_picture_is_not_shown_by_the_browser(client, slack):
    """A page of the app's making must not run as the page's own."""
    for name in ("page.html", "drawing.svg"):
        file = (await client.files_upload_v2(content="<script>", filename=name))["file"]
        async with httpx.AsyncClient() as http:
            for address, headers in ((file["url_private"], bearer(slack)), (file["permalink"], {})):
                answer = await http.get(address, headers=headers)
                assert answer.headers["Content-Disposition"] == "attachment"


async def test_a_deleted_file_leaves_a_gap_in_its_message(client, slack, app):
    file = (await client.files_upload_v2(channel=OPS, content="x", filename="x.txt"))["file"]
    await client.files_delete(file=file["id"])
    assert slack.messages(OPS)[0]["files"] == [{"id": file["id"], "mode": "tombstone"}]
    assert await error_of(client.files_info(file=file["id"])) == "file_deleted"
    await until(lambda: app.events("file_deleted"))


async def test_somebody_elses_file_can_be_read_where_the_bot_is_and_not_deleted(client, slack):
    file = slack.state.new_file(ONCALL, "x.txt", 1, content=b"x", complete=True)
    assert await error_of(client.files_info(file=file.id)) == "file_not_found"
    file.shares[SECRET] = ["1.0"]
    assert (await client.files_info(file=file.id))["file"]["groups"] == [SECRET]
    assert await error_of(client.files_delete(file=file.id)) == "cant_delete_file"


async def test_what_never_arrived_cannot_be_completed(client, slack):
    """Nor completed twice, nor shared where the bot is not."""
    place = await client.files_getUploadURLExternal(filename="x.txt", length=3)
    complete = {"files": [{"id": place["file_id"]}]}
    assert await error_of(client.files_completeUploadExternal(**complete)) == "file_not_found"
    async with httpx.AsyncClient() as http:
        await http.post(place["upload_url"], content=b"abc")
    nowhere = client.files_completeUploadExternal(**complete, channel_id="C0NONE")
    assert await error_of(nowhere) == "channel_not_found"
    lost_thread = client.files_completeUploadExternal(**complete, channel_id=OPS, thread_ts="1.0")
    assert await error_of(lost_thread) == "thread_not_found"
    await client.files_completeUploadExternal(**complete)
    assert await error_of(client.files_completeUploadExternal(**complete)) == "file_not_found"
    assert slack.messages(OPS) == []


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"filename": "x", "length": 0}, "missing_argument"),
        ({"filename": "", "length": 1}, "invalid_arguments"),
        ({"filename": "x", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_an_upload_asks_for_what_it_needs(client, asked, error):
    assert await error_of(client.files_getUploadURLExternal(**asked)) == error


async def test_the_private_address_is_for_whoever_has_a_token(client, slack):
    """Others are sent to where people sign in, as Slack does: an app then finds HTML instead of its file."""
    file = (await client.files_upload_v2(content="x,y", filename="a b.csv"))["file"]
    async with httpx.AsyncClient() as http:
        for headers in ({}, {"Authorization": "Bearer xoxb-made-up"}):
            refused = await http.get(file["url_private"], headers=headers)
            assert (refused.status_code, "redir=" in refused.headers["Location"]) == (302, True)
        assert (await http.get(file["url_private_download"], headers=bearer(slack))).text == "x,y"
        slack.workspace.scopes -= {"files:read"}
        assert (await http.get(file["url_private"], headers=bearer(slack))).status_code == 302


async def test_blocks_may_stand_in_for_the_comment(client, slack):
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*See*"}}]
    for more in ({"blocks": blocks}, {"blocks": blocks, "initial_comment": "See"}):
        place = await client.files_getUploadURLExternal(filename="x.txt", length=1)
        async with httpx.AsyncClient() as http:
            await http.post(place["upload_url"], content=b"x")
        arguments = {"files": [{"id": place["file_id"]}], "channel_id": OPS} | more
        await client.api_call("files.completeUploadExternal", json=arguments)
    with_blocks, with_comment = slack.messages(OPS)
    assert (with_blocks["text"], with_blocks["blocks"][0]["text"]["text"]) == ("", "*See*")
    assert (with_comment["text"], with_comment.get("blocks")) == ("See", None)


async def test_a_person_as_destination_means_their_direct_messages(client, slack):
    file = (await client.files_upload_v2(channel=ONCALL, content="x", filename="x.txt"))["file"]
    direct = slack.state.direct([ONCALL]).id
    assert [one["files"][0]["id"] for one in slack.messages(direct)] == [file["id"]]


class TestFilesInForms:
    ELEMENT: ClassVar = {"type": "file_input", "action_id": "files", "filetypes": ["csv"], "max_files": 2}

    async def test_a_form_gives_the_app_the_files_and_the_right_to_read_them(self, client, slack, app):
        view = modal(asked(self.ELEMENT))
        form = (await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=view))["view"]["id"]
        incomplete = await slack.submit(ONCALL, form, {})
        assert incomplete.errors == {"files": "Please complete this required field."}
        ids = [await slack.upload(ONCALL, f"{name}.csv", f"{name},1") for name in ("a", "b")]
        assert await error_of(client.files_info(file=ids[0])) == "file_not_found"
        await slack.submit(ONCALL, form, {"files": {"files": ids}})
        (sent,) = [one for one in app.seen if one["type"] == "view_submission"]
        files = sent["view"]["state"]["values"]["files"]["files"]["files"]
        assert [(one["name"], one["user"]) for one in files] == [("a.csv", ONCALL), ("b.csv", ONCALL)]
        async with httpx.AsyncClient() as http:
            assert (await http.get(files[1]["url_private"], headers=bearer(slack))).text == "b,1"

    async def test_kinds_and_numbers_it_does_not_take_cannot_be_chosen(self, client, slack):
        view = modal(asked(self.ELEMENT))
        form = (await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=view))["view"]["id"]
        picture = await slack.upload(ONCALL, "a.png", "iVBOR", encoded=False)
        several = [await slack.upload(ONCALL, "a.csv", "eCx5", encoded=True) for _ in range(3)]
        for wrong in ([picture], several, ["F0NONE"]):
            with pytest.raises(LookupError):
                await slack.submit(ONCALL, form, {"files": {"files": wrong}})
        with pytest.raises(ValueError, match="base64"):
            await slack.upload(ONCALL, "a.csv", "?", encoded=True)
