"""Files: what Slack says of one, and who may see it."""

import mimetypes
from urllib.parse import quote

from localslack.workspace.model import File, Json
from localslack.workspace.state import State


def mimetype(file: File) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def file_json(state: State, file_id: str) -> Json:
    """Slack's file object, or what remains of a file that was deleted."""
    file = state.files.get(file_id)
    if file is None:
        return {"id": file_id, "mode": "tombstone"}
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
    place = f"{state.base_url}/files-pri/{state.workspace.team_id}-{file.id}"
    name = quote(file.name, safe="")
    body: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetype(file),
        "filetype": suffix,
        "pretty_type": suffix.upper(),
        "user": file.user,
        "user_team": state.workspace.team_id,
        "editable": False,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{place}/{name}",
        "url_private_download": f"{place}/download/{name}",
        "permalink": f"{state.base_url}/files/{file.id}",
        "file_access": "visible",
        "comments_count": 0,
    }
    if file.alt_text:
        body["alt_txt"] = file.alt_text
    return body | _where(state, file)


def may_see(state: State, file: File) -> bool:
    """Whether the app may: a file of its own, one shared where its bot is, or one that somebody gave it in a form."""
    bot = state.workspace.bot_user_id
    return file.given or file.user == bot or any(bot in state.members(state.channels[one]) for one in file.shares)


def _where(state: State, file: File) -> Json:
    places = [(state.channels[channel_id], stamps) for channel_id, stamps in file.shares.items()]
    open_to_all = {c.id: [{"ts": ts, "channel_name": c.name} for ts in stamps] for c, stamps in places if not c.private}
    closed = {c.id: [{"ts": ts, "channel_name": c.name} for ts in stamps] for c, stamps in places if c.private}
    shares = {name: shared for name, shared in (("public", open_to_all), ("private", closed)) if shared}
    return {
        "is_public": bool(open_to_all),
        "channels": list(open_to_all),
        "groups": [c.id for c, _ in places if c.private and c.kind == "channel"],
        "ims": [c.id for c, _ in places if c.kind != "channel"],
        "shares": shares,
    }
