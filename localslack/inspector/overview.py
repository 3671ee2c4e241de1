"""What a page needs to begin: the workspace as one person sees it."""

from dataclasses import asdict

from localslack import moment
from localslack.inspector.reading import newest
from localslack.slack import Slack
from localslack.workspace.model import Channel, Json, Person, Workspace
from localslack.workspace.state import State


def overview(slack: Slack, user: str) -> Json:
    """Everything `user` sees; somebody unknown is taken for the first person there is."""
    state = slack.state
    me = user if user in state.people else next(iter(state.people))
    state.direct([me])
    channels = state.visible_channels(me)
    return {
        "me": me,
        "workspace": workspace_json(slack.workspace),
        "people": [person_json(state, person) for person in state.people.values()],
        "usergroups": [{"id": group.id, "handle": group.handle} for group in state.usergroups.values()],
        "channels": [channel_json(state, channel) for channel in channels],
        "messages": {channel.id: newest(slack, channel.id, me) for channel in channels},
        "reads": slack.read_marks.of(me),
        "views": slack.views(me),
        "home": slack.home(me),
        "ahead": moment.ahead(),
        "failures": slack.failures(me),
    }


def workspace_json(workspace: Workspace) -> Json:
    return {
        "name": workspace.name,
        "team_id": workspace.team_id,
        "bot": workspace.bot_user_id,
        "bot_name": workspace.bot_name,
        "home_tab": workspace.home_tab,
        "commands": [asdict(command) for command in workspace.commands],
        "shortcuts": [asdict(shortcut) for shortcut in workspace.shortcuts],
    }


def person_json(state: State, person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name or person.name,
        "title": person.title,
        "guest": state.is_guest(person),
        "deleted": person.deleted,
    }


def channel_json(state: State, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.private,
        "kind": channel.kind,
        "members": state.members(channel),
        "topic": channel.topic,
        "archived": channel.archived,
        "bookmarks": channel.bookmarks,
    }
