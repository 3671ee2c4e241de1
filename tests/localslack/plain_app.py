"""A Bolt app as anybody writes one, with nothing of ours: `python plain_app.py http` or `socket`.

All else is in its environment. It runs against the local Slack as it would against slack.com; only the address of
the Web API differs.
"""

import os
import sys

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

PEOPLE = ("Anna", "Anton", "Berta")


def text(words):
    return {"type": "plain_text", "text": words}


def form(where):
    person = {"type": "external_select", "action_id": "person", "min_query_length": 1}
    reason = {"type": "plain_text_input", "action_id": "reason"}
    return {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": where,
        "title": text("Ask"),
        "submit": text("Send"),
        "blocks": [
            {"type": "input", "block_id": "person", "label": text("Person"), "element": person},
            {"type": "input", "block_id": "reason", "label": text("Reason"), "element": reason},
        ],
    }


def home(count):
    button = {"type": "button", "action_id": "count", "text": text("Count"), "value": str(count)}
    return {
        "type": "home",
        "blocks": [
            {"type": "section", "text": text(f"Counted {count}")},
            {"type": "actions", "elements": [button]},
        ],
    }


client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
app = App(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])


@app.command("/plain")
def command(ack, body, client, command, respond):
    ack()
    if command["text"] == "form":
        client.views_open(trigger_id=body["trigger_id"], view=form(command["channel_id"]))
    elif command["text"] == "file":
        client.files_upload_v2(
            channel=command["channel_id"], content="name,count\nAnna,3\n", filename="report.csv", initial_comment="Here"
        )
    else:
        respond(f"You said {command['text']}.")


@app.options("person")
def people(ack, payload):
    found = [name for name in PEOPLE if name.lower().startswith(payload["value"].lower())]
    ack(options=[{"text": text(name), "value": name.lower()} for name in found])


@app.view("form")
def sent(ack, view, client, body):
    values = view["state"]["values"]
    if len(values["reason"]["reason"]["value"]) < 5:
        ack(response_action="errors", errors={"reason": "Say a little more."})
        return
    ack()
    person = values["person"]["person"]["selected_option"]["value"]
    client.chat_postMessage(channel=view["private_metadata"], text=f"<@{body['user']['id']}> asks for {person}")


@app.event("app_home_opened")
def opened(event, client):
    client.views_publish(user_id=event["user"], view=home(0))


@app.action("count")
def counted(ack, action, body, client):
    ack()
    client.views_publish(user_id=body["user"]["id"], view=home(int(action["value"]) + 1), hash=body["view"]["hash"])


@app.shortcut("ask")
def ask(ack, shortcut, client):
    ack()
    client.views_open(trigger_id=shortcut["trigger_id"], view=form("C0OPS"))


@app.shortcut("note")
def note(ack, shortcut, say, respond):
    ack()
    say(text=f"Noted: {shortcut['message']['text']}", thread_ts=shortcut["message"]["ts"])
    respond("Thank you.")


@app.event("app_mention")
def mentioned(event, say):
    say(text="Yes?", thread_ts=event["ts"])


if __name__ == "__main__":
    if sys.argv[1] == "http":
        app.start(port=int(os.environ["PORT"]))
    else:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
