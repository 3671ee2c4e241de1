"""files.*, as slack_sdk's files_upload_v2 calls them."""

import httpx
import pytest

from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SHARED

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
        shown = await http.get(done["files"][0]["url_private"])
    assert shown.content == PICTURE
    assert shown.headers["Content-Disposition"] == "inline"


async def test_what_is_no_picture_is_not_shown_by_the_browser(client, slack):
    """A page of the app's making must not run as the page's own."""
    for name in ("page.html", "drawing.svg"):
        file = (await client.files_upload_v2(content="<script>", filename=name))["file"]
        async with httpx.AsyncClient() as http:
            assert (await http.get(file["url_private"])).headers["Content-Disposition"] == "attachment"


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
