"""Web API: messages that grow while they are read, and what an assistant says it is doing.

chat.startStream, appendStream, stopStream; assistant.threads.*: https://docs.slack.dev/ai/developing-ai-apps
"""

from collections.abc import Callable

from localslack.api.args import Args, missing
from localslack.api.chat import MARKDOWN_LIMIT, new_message, own_message, target
from localslack.changes.accepting import bounded
from localslack.hub import Hub
from localslack.workspace.model import Json, Message, SlackError
from localslack.workspace.shapes import message_json, with_ids

MOST_PROMPTS = 4


def start(hub: Hub, args: Args) -> Json:
    channel = target(hub, args)
    if channel.kind == "channel":
        for name in ("recipient_user_id", "recipient_team_id"):
            if name not in args:
                raise SlackError(f"missing_{name}")
    words = Args({**args.values, "text": " ", "markdown_text": None, "blocks": None})
    message = new_message(hub, words, channel)
    message.text = ""
    _grow(message, args)
    hub.state.streams.add((channel.id, message.ts))
    hub.add_message(message)
    return {"channel": channel.id, "ts": message.ts}


def append(hub: Hub, args: Args) -> Json:
    message = _growing(hub, args)
    before = message_json(hub.state, message)
    if not _grow(message, args):
        raise missing("markdown_text")
    hub.change_message(message, before)
    return {"channel": message.channel, "ts": message.ts}


def stop(hub: Hub, args: Args) -> Json:
    """What it says at last, with blocks below it."""
    message = _growing(hub, args)
    before = message_json(hub.state, message)
    quiet = Args({**args.values, "text": " ", "markdown_text": None, "thread_ts": None})
    ending = new_message(hub, quiet, hub.state.channels[message.channel])
    _grow(message, args)
    message.blocks = [*message.blocks, *ending.blocks]
    message.metadata = ending.metadata
    hub.state.streams.discard((message.channel, message.ts))
    hub.change_message(message, before)
    return {"channel": message.channel, "ts": message.ts, "message": message_json(hub.state, message)}


def _growing(hub: Hub, args: Args) -> Message:
    channel = hub.state.joined_channel(args.required("channel"))
    message = own_message(hub, channel, args, "message_not_owned_by_app")
    if (channel.id, message.ts) not in hub.state.streams:
        raise SlackError("message_not_in_streaming_state")
    return message


def _grow(message: Message, args: Args) -> bool:
    """Add the words of a call; whether there were any. Of `chunks`, tasks and plans are taken and not shown."""
    chunks = args.json("chunks", "invalid_chunks") or []
    if not isinstance(chunks, list) or not all(isinstance(one, dict) for one in chunks):
        raise SlackError("invalid_chunks")
    texts = [str(one.get("text", "")) for one in chunks if one.get("type") == "markdown_text"]
    words = bounded(args.text("markdown_text") + "".join(texts), MARKDOWN_LIMIT)
    message.text += words
    message.blocks = with_ids([{"type": "markdown", "text": message.text}]) if message.text else []
    return bool(words or chunks)


def set_status(hub: Hub, args: Args) -> Json:
    if "status" not in args:  # an empty one takes it away
        raise missing("status")
    _thread(hub, args)
    return {}


def set_title(hub: Hub, args: Args) -> Json:
    args.required("title")
    _thread(hub, args)
    return {}


def set_prompts(hub: Hub, args: Args) -> Json:
    prompts = args.json("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise missing("prompts")
    _thread(hub, args)
    return {}


def _thread(hub: Hub, args: Args) -> None:
    """Whether there is one to say it in: nothing of it is shown here."""
    channel = hub.state.joined_channel(args.required("channel_id"))
    if args.required("thread_ts") not in hub.state.messages[channel.id]:
        raise SlackError("invalid_thread_ts")


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setSuggestedPrompts": set_prompts,
    "assistant.threads.setTitle": set_title,
    "chat.appendStream": append,
    "chat.startStream": start,
    "chat.stopStream": stop,
}
