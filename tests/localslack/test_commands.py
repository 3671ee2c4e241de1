"""What is typed arrives as Slack sends it: names and links as tokens, the rest harmless."""

import pytest

from localslack import Channel, Person, Workspace
from localslack.workspace.state import State
from localslack.workspace.typed import as_sent
from tests.localslack.playing import ONCALL, OPS

SPACE = Workspace(people=[Person("U0STAFF", "staffer")], channels=[Channel(OPS, "operations")])


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@staffer, please", "<@U0STAFF|staffer>, please"),
        ("ask @staffer.", "ask <@U0STAFF|staffer>."),
        ("@nobody <x> & co", "@nobody &lt;x&gt; &amp; co"),
        ("mail@staffer and #operations", "mail@staffer and <#C0OPS|operations>"),
        ("<!channel> <https://x.example|safe>", "&lt;!channel&gt; &lt;<https://x.example>|safe&gt;"),
        ("@channel see https://x.example/a?b=1&c=2.", "<!channel> see <https://x.example/a?b=1&amp;c=2>."),
        ("<@U0STAFF> & co", "<@U0STAFF> &amp; co"),
    ],
)
def test_names_and_links_become_tokens(typed, sent):
    assert as_sent(State(SPACE, 3.0), typed) == sent


async def test_a_command_says_who_typed_what_where(slack, app):
    await slack.command(ONCALL, OPS, "/pm ask @security")
    (payload,) = app.seen
    assert (payload["command"], payload["text"]) == ("/pm", "ask <@U0SECURITY|security>")
    assert (payload["user_id"], payload["channel_id"], payload["team_id"]) == (ONCALL, OPS, "T0PENGUIN")


async def test_without_an_app_the_person_is_told(slack):
    """In Socket Mode with no connection; only they see it."""
    reply = await slack.command(ONCALL, OPS, "/pm hello")
    (told,) = slack.messages(OPS, ONCALL)
    assert reply.error in told["text"]
    assert slack.messages(OPS) == []
