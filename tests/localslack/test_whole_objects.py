"""Objects are whole: what typed models of other frameworks insist on is there, as Slack's documentation has it."""

import httpx
import pytest

from localslack import Usergroup
from tests.conftest import until
from tests.localslack.calling import posted
from tests.localslack.playing import BOT, ONCALL, OPS, SHARED, actions, button

SIZES = (24, 32, 48, 72, 192, 512)


async def test_a_person_has_a_picture_a_time_zone_by_name_and_a_status(client):
    user = (await client.users_info(user=ONCALL))["user"]
    assert user["tz_label"]
    assert user["profile"]["avatar_hash"]
    assert user["profile"]["status_expiration"] == 0
    async with httpx.AsyncClient() as http:
        for size in SIZES:
            picture = await http.get(user["profile"][f"image_{size}"])
            assert (picture.status_code, picture.headers["Content-Type"].split(";")[0]) == (200, "image/svg+xml")
        assert (await http.get(user["profile"]["image_24"].replace(ONCALL, "U0NOBODY"))).status_code == 404


async def test_a_bots_user_is_no_app_user(client):
    """That is whoever installed an app as themselves."""
    user = (await client.users_info(user=BOT))["user"]
    assert (user["is_bot"], user["is_app_user"]) == (True, False)


async def test_the_app_shows_its_icons_wherever_it_is_named(client, slack):
    await posted(client, OPS)
    shown = slack.messages(OPS)[0]["bot_profile"]["icons"]
    assert set(shown) == {"image_36", "image_48", "image_72"}
    assert (await client.bots_info())["bot"]["icons"] == shown


async def test_a_conversation_says_who_shares_it_whatever_kind_it_is(client, slack):
    direct = (await client.conversations_open(users=ONCALL, return_im=True))["channel"]
    assert (direct["is_org_shared"], direct["priority"]) == (False, 0)
    own, shared = [(await client.conversations_info(channel=one))["channel"] for one in (OPS, SHARED)]
    assert (own["is_ext_shared"], own["shared_team_ids"]) == (False, ["T0PENGUIN"])
    assert (shared["is_ext_shared"], shared["shared_team_ids"]) == (True, ["T0OTHER", "T0PENGUIN"])


async def test_a_group_of_people_says_in_how_many_channels_it_is(client, slack):
    slack.state.usergroups["S0ON"] = Usergroup("S0ON", "on", users=[ONCALL])
    (group,) = (await client.usergroups_list())["usergroups"]
    assert (group["user_count"], group["channel_count"]) == (1, 0)


@pytest.mark.parametrize("way", ["open", "click"])
async def test_app_home_comes_back_with_a_title_and_its_texts_spelt_out(client, slack, app, way):
    """Whether there are emoji in a text, and whether it is verbatim, is said even where the app left it open."""
    says = {"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}
    quiet = {"type": "section", "text": {"type": "mrkdwn", "text": "https://x.example", "verbatim": True}}
    home = {"type": "home", "blocks": [says, quiet, *actions(button())]}
    await client.views_publish(user_id=ONCALL, view=home)
    if way == "open":
        await slack.open_home(ONCALL)
        (seen,) = await until(lambda: app.events("app_home_opened"))
    else:
        await slack.click(ONCALL, slack.home(ONCALL)["id"], None, "go")
        (seen,) = await until(lambda: app.seen)
    view = seen["view"]
    assert view["title"] == {"type": "plain_text", "text": "View Title", "emoji": True}
    assert [block["text"]["verbatim"] for block in view["blocks"][:2]] == [False, True]
    assert view["blocks"][2]["elements"][0]["text"]["emoji"] is True
