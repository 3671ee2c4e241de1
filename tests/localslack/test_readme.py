"""What localslack/README.md shows works as it stands there."""

import json
import re
import textwrap
from pathlib import Path

import localslack
from localslack.api.door import METHODS
from localslack.control.switches import all_switches
from localslack.workspace.model import Workspace
from localslack.workspace.scopes import EVENT_SCOPES
from tests.localslack.playing import actions, plain, recording

README = (Path(localslack.__file__).parent / "README.md").read_text("utf-8")
MANIFEST = {
    "display_information": {"name": "Deployer"},
    "features": {"slash_commands": [{"command": "/deploy", "description": "Deploy"}]},
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
}


async def test_its_example_for_tests_runs():
    """With an app that answers the command with a button."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    async with recording() as (app, url):
        approve = {"type": "button", "action_id": "approve", "text": plain("Approve")}
        app.answers = [{"response_type": "in_channel", "text": "Deploy?", "blocks": actions(approve)}]
        source = example.replace("http://127.0.0.1:3000/slack/events", url)
        names: dict[str, object] = {"manifest": MANIFEST}
        exec(f"async def example():\n{textwrap.indent(source, '    ')}\n    return slack", names)
        slack = await names["example"]()
        assert [one["actions"][0]["action_id"] for one in app.seen if one.get("type") == "block_actions"] == ["approve"]
        assert slack.faults.waiting() == [{"method": "chat.postMessage", "kind": "lost", "times": 1}]


def test_what_it_counts_is_there():
    """Methods, events, and the switch it names."""
    assert f"{len(METHODS)} methods" in README
    assert f"{len(EVENT_SCOPES)} kinds of events" in README
    assert '"name": "lost_answers"' in README
    assert "lost_answers" in {switch.name for switch in all_switches()}


def test_its_workspace_is_read():
    (config,) = re.findall(r"`(\{\"people\".*?\})`", README, re.DOTALL)
    space = Workspace.from_json(json.loads(config))
    assert ([one.name for one in space.people], [one.name for one in space.channels]) == (["anna"], ["ops"])
