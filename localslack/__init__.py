"""A local Slack: a server and a page that behave like Slack, for trying and testing any Slack app.

It knows nothing of the bot it serves: it speaks Slack's Web API, signed requests and Socket Mode.
"""

from localslack.local import LocalSlack
from localslack.workspace.model import Channel, Delivery, Person, Reply, Usergroup, WebCall, Workspace

__all__ = ["Channel", "Delivery", "LocalSlack", "Person", "Reply", "Usergroup", "WebCall", "Workspace"]
