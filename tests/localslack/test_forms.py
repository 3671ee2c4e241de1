"""What the app answers to a form that is sent: another form on top, another in its place, or all of them closed."""

import pytest

from tests.localslack.playing import ONCALL, asked, modal, options


def choice(**more):
    menu = {"type": "static_select", "action_id": "long", "options": options("An hour", "A day")}
    return modal(asked(menu, "how", optional=True, dispatch_action=True), **more)


@pytest.fixture
async def opened(slack, client):
    return (await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=choice()))["view"]["id"]


async def test_an_answer_pushes_updates_and_clears(slack, app, opened):
    app.answers += [
        {"response_action": "push", "view": choice()},
        {"response_action": "update", "view": choice(callback_id="newer")},
        {"response_action": "clear"},
    ]
    await slack.submit(ONCALL, opened)
    below, above = slack.views(ONCALL)
    assert (above["previous_view_id"], above["root_view_id"]) == (below["id"], below["id"])
    await slack.submit(ONCALL, above["id"])
    assert slack.views(ONCALL)[1]["callback_id"] == "newer"
    await slack.submit(ONCALL, above["id"])
    assert slack.views(ONCALL) == []


async def test_errors_stand_below_their_fields_until_the_form_is_right(slack, app, opened):
    app.answers += [{"response_action": "errors", "errors": {"how": "Say how long."}}]
    refused = await slack.submit(ONCALL, opened)
    assert refused.errors == {"how": "Say how long."}
    assert len(slack.views(ONCALL)) == 1
    await slack.submit(ONCALL, opened, {"how": {"long": "A day"}})
    assert slack.views(ONCALL) == []


async def test_what_was_chosen_survives_an_update_of_the_view(slack, app, client, opened):
    await slack.click(ONCALL, opened, None, "long", option="A day")
    await client.views_update(view_id=opened, view=choice(callback_id="newer"))
    await slack.submit(ONCALL, opened)
    sent = app.seen[-1]["view"]
    assert sent["callback_id"] == "newer"
    assert sent["state"]["values"]["how"]["long"]["selected_option"]["value"] == "a day"
