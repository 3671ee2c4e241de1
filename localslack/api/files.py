"""Web API: files.*, and the addresses files are uploaded to and read from.

An upload is three calls, which slack_sdk's files_upload_v2 makes: https://docs.slack.dev/messaging/working-with-files
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from localslack.api.args import Args, missing, parts
from localslack.changes import marks
from localslack.changes.accepting import accepted_blocks
from localslack.hub import Hub
from localslack.workspace.filing import file_json, may_see, mimetype
from localslack.workspace.model import Channel, File, Json, Message, SlackError
from localslack.workspace.shapes import with_ids
from localslack.workspace.typed import as_kept

LARGEST = 1_000_000_000
ALT_TEXT_LIMIT = 1000
MOST_CHANNELS = 100
LAST = 10**11  # seconds; later than any file


def get_upload_url(hub: Hub, args: Args) -> Json:
    name, alt_text = args.required("filename"), args.text("alt_txt")
    length = args.number("length", 0, LARGEST, error="missing_argument")
    if len(alt_text) > ALT_TEXT_LIMIT:
        raise SlackError("alt_txt_too_large")
    file = hub.state.new_file(hub.workspace.bot_user_id, name, length, alt_text=alt_text)
    return {"upload_url": f"{hub.base_url}/upload/{file.id}", "file_id": file.id}


def complete_upload(hub: Hub, args: Args) -> Json:
    """Files become usable once their bytes are there and this was called; with channels they are shared there."""
    asked: Any = args.json("files", "invalid_arguments")
    if not isinstance(asked, list) or not asked:
        raise missing("files")
    uploaded = [(_uploaded(hub, one), one) for one in asked]
    posts = [_post(hub, args, channel) for channel in _channels(hub, args)]
    for file, one in uploaded:
        file.title = str(one.get("title") or file.name)
        marks.finish(hub, file)
    files = [file for file, _ in uploaded]
    for post in posts:
        marks.share(hub, post, files)
    return {"files": [file_json(hub.state, file.id) for file in files]}


def _uploaded(hub: Hub, one: Any) -> File:
    found = hub.state.files.get(str(one.get("id"))) if isinstance(one, dict) else None
    if found is None or found.complete or len(found.content) != found.length:
        raise SlackError("file_not_found")
    return found


def _channels(hub: Hub, args: Args) -> list[Channel]:
    """Where to share them; a person means their direct messages."""
    wanted = args.names("channels") or args.names("channel_id")
    if len(wanted) > MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    people = hub.state.people
    channels = [hub.state.direct([one]) if one in people else hub.state.joined_channel(one) for one in wanted]
    if any(channel.archived for channel in channels):
        raise SlackError("posting_to_channel_denied")
    return channels


def _post(hub: Hub, args: Args, channel: Channel) -> Message:
    thread_ts = args.text("thread_ts") or None
    if thread_ts is not None and thread_ts not in hub.state.messages[channel.id]:
        raise SlackError("thread_not_found")
    message = Message(hub.state.next_ts(), channel.id, hub.workspace.bot_user_id, thread_ts=thread_ts, by_app=True)
    message.text = as_kept(args.text("initial_comment"))
    blocks = args.json("blocks", "invalid_blocks_format")
    if blocks and not message.text:  # Slack passes them over beside a comment
        message.blocks = with_ids(accepted_blocks(hub, blocks))
    return message


def info(hub: Hub, args: Args) -> Json:
    return {"file": file_json(hub.state, _visible(hub, args).id), "comments": []}


def listing(hub: Hub, args: Args) -> Json:
    """By pages, the newest first: what the bot may see, of a person, in a channel or of a time."""
    seen = [file for file in hub.state.files.values() if file.complete and may_see(hub.state, file)]
    asked = [
        file
        for file in seen
        if args.text("user") in ("", file.user)
        and (not args.text("channel") or args.text("channel") in file.shares)
        and args.number("ts_from", 1, LAST) <= file.created <= args.number("ts_to", LAST, LAST)
    ]
    asked.sort(key=lambda file: (file.created, file.id), reverse=True)
    count, page = args.number("count", 100, 1000), args.number("page", 1, 100_000)
    shown = [file_json(hub.state, file.id) for file in asked[(page - 1) * count : page * count]]
    pages = -(-len(asked) // count)
    return {"files": shown, "paging": {"count": count, "total": len(asked), "page": page, "pages": pages}}


def delete(hub: Hub, args: Args) -> Json:
    file = _visible(hub, args)
    if file.user != hub.workspace.bot_user_id:
        raise SlackError("cant_delete_file")
    marks.delete_file(hub, file)
    return {}


def _visible(hub: Hub, args: Args) -> File:
    """A file of the bot's own, or one shared where the bot is."""
    file_id = args.required("file")
    if file_id in hub.state.deleted_files:
        raise SlackError("file_deleted")
    file = hub.state.files.get(file_id)
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    if not may_see(hub.state, file):
        raise SlackError("file_not_found")
    return file


async def upload(hub: Hub, request: Request) -> Response:
    """Take the bytes, as they are or as the part of a form; the address is the secret, as in Slack."""
    found = hub.state.files.get(request.path_params["file_id"])
    if found is None or found.complete:
        return Response("file_not_found", status_code=404)
    body, kind = await request.body(), request.headers.get("Content-Type", "")
    try:
        found.content = parts(kind, body)[0][1] if kind.startswith("multipart/") else body
    except ValueError:
        return Response("invalid_form_data", status_code=400)
    return Response(f"OK - {len(found.content)}")


async def private_file(hub: Hub, request: Request) -> Response:
    """url_private: for whoever has a token that may read it; everybody else is sent to where people sign in."""
    found = hub.state.files.get(request.path_params["file_id"])
    if found is None or not found.complete:
        return Response(status_code=404)
    workspace = hub.workspace
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    trusted = token == workspace.bot_token and token not in hub.state.token_errors
    if not trusted or "files:read" not in workspace.scopes or not may_see(hub.state, found):
        return RedirectResponse(f"{hub.base_url}/?redir={quote(request.url.path, safe='')}", status_code=302)
    return _content(found, shown=request.path_params["name"].partition("/")[0] != "download")


async def picture(hub: Hub, request: Request) -> Response:
    """A file for the page."""
    found = hub.state.files.get(request.path_params["file_id"])
    if found is None or not found.complete:
        return Response(status_code=404)
    return _content(found, shown="download" not in request.query_params)


def _content(file: File, *, shown: bool) -> Response:
    """What is no picture is handed over, never shown."""
    kind = mimetype(file)
    shown = shown and kind.startswith("image/") and kind != "image/svg+xml"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline" if shown else "attachment"}
    return Response(file.content, media_type=kind, headers=headers)


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "files.completeUploadExternal": complete_upload,
    "files.delete": delete,
    "files.getUploadURLExternal": get_upload_url,
    "files.info": info,
    "files.list": listing,
}
