"""Web API: files.*, as far as uploading a picture and showing it in a block goes."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from bot.demo.slack.api.args import Args
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import File, Json, SlackError


def get_upload_url(hub: Hub, args: Args) -> Json:
    length = args.number("length", 0, 1_000_000_000)
    file_id = hub.state.next_file_id()
    hub.state.files[file_id] = File(file_id, args.required("filename"), length, alt_text=args.text("alt_txt"))
    return {"upload_url": f"{hub.base_url}/upload/{file_id}", "file_id": file_id}


def complete_upload(hub: Hub, args: Args) -> Json:
    """A file becomes usable once its bytes are there and this was called."""
    done = [_complete(hub, one) for one in args.json("files", "invalid_arguments") or ()]
    if not done:
        raise SlackError("invalid_arguments")
    return {"files": [{"id": one.id, "title": one.title} for one in done]}


def _complete(hub: Hub, one: Json) -> File:
    found = hub.state.files.get(str(one.get("id")))
    if found is None or len(found.content) != found.length:
        raise SlackError("file_not_found")
    found.title, found.complete = str(one.get("title") or found.name), True
    return found


async def upload(hub: Hub, request: Request) -> Response:
    """Take the bytes; the address is the secret, as in Slack."""
    found = hub.state.files.get(request.path_params["file_id"])
    if found is None or found.complete:
        return Response(status_code=404)
    found.content = await request.body()
    return Response(f"OK - {len(found.content)}")


async def picture(hub: Hub, request: Request) -> Response:
    """A file for the page."""
    found = hub.state.files.get(request.path_params["file_id"])
    if found is None or not found.complete:
        return Response(status_code=404)
    return Response(found.content, media_type="image/png")


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
}
