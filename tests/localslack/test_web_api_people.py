"""users.*, usergroups.*, and who the app itself is."""

from localslack import Usergroup
from localslack.workspace.model import SLACKBOT
from tests.conftest import until
from tests.localslack.calling import error_of
from tests.localslack.playing import BOT, ONCALL, SECURITY, STRANGER


class TestPeople:
    async def test_they_are_found_by_email_unless_deactivated(self, client, slack):
        found = await client.users_lookupByEmail(email="Security@penguinmails.example")
        slack.workspace.people[1].deleted = True
        gone = await error_of(client.users_lookupByEmail(email="security@penguinmails.example"))
        assert (found["user"]["id"], gone) == (SECURITY, "users_not_found")

    async def test_their_address_is_told_to_who_may_know_it(self, client, slack):
        known = (await client.users_info(user=ONCALL))["user"]["profile"]
        slack.workspace.scopes -= {"users:read.email"}
        hidden = (await client.users_info(user=ONCALL))["user"]["profile"]
        assert known["email"] == "oncall@penguinmails.example"
        assert "email" not in hidden

    async def test_everybody_is_listed_in_pages_guests_and_bots_too(self, client):
        seen = []
        async for page in await client.users_list(limit=3):
            seen += [(user["id"], user.get("is_stranger", False)) for user in page["members"]]
        assert seen == [(ONCALL, False), (SECURITY, False), (STRANGER, True), (SLACKBOT, False), (BOT, False)]

    async def test_a_profile_is_anybodys_and_without_a_name_the_bots_own(self, client, slack):
        theirs = (await client.users_profile_get(user=ONCALL))["profile"]
        own = (await client.users_profile_get())["profile"]
        assert (theirs["display_name"], own["bot_id"]) == ("oncall", slack.workspace.bot_id)
        assert (theirs["first_name"], theirs["last_name"], own["last_name"]) == ("Oncall", "Name", "Ops")
        assert await error_of(client.users_profile_get(user="U0NOBODY")) == "user_not_found"


class TestUsergroups:
    async def test_a_group_is_made_filled_and_listed(self, client, slack, app):
        made = (await client.usergroups_create(name="On call", handle="oncallers"))["usergroup"]
        await client.usergroups_users_update(usergroup=made["id"], users=[ONCALL, SECURITY])
        (listed,) = (await client.usergroups_list(include_users=True))["usergroups"]
        assert (listed["handle"], listed["users"], listed["user_count"]) == ("oncallers", [ONCALL, SECURITY], 2)
        assert (await client.usergroups_users_list(usergroup=made["id"]))["users"] == [ONCALL, SECURITY]
        await until(lambda: app.events("subteam_created") and app.events("subteam_updated"))

    async def test_a_disabled_one_is_listed_where_asked_for(self, client, slack):
        slack.state.usergroups["S0OLD"] = Usergroup("S0OLD", "old", enabled=False)
        assert (await client.usergroups_list())["usergroups"] == []
        assert [one["id"] for one in (await client.usergroups_list(include_disabled=True))["usergroups"]] == ["S0OLD"]

    async def test_names_are_taken_once_and_members_must_exist(self, client):
        made = (await client.usergroups_create(name="On call", handle="oncallers"))["usergroup"]
        assert await error_of(client.usergroups_create(name="On call")) == "name_already_exists"
        assert await error_of(client.usergroups_create(name="Other", handle="oncallers")) == "handle_already_exists"
        nobody = client.usergroups_users_update(usergroup=made["id"], users="U0NOBODY")
        assert await error_of(nobody) == "invalid_users"
        assert await error_of(client.usergroups_users_update(usergroup=made["id"], users="")) == "no_users_provided"
        assert await error_of(client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"


class TestTheAppItself:
    async def test_it_learns_who_and_where_it_is(self, client, slack):
        who = await client.auth_test()
        bot = (await client.bots_info(bot=who["bot_id"]))["bot"]
        team = (await client.team_info())["team"]
        assert (who["user_id"], bot["user_id"], who["team_id"], team["id"]) == (BOT, BOT, team["id"], "T0PENGUIN")
        assert (bot["name"], team["domain"]) == (slack.workspace.bot_name, slack.workspace.domain)
        assert await error_of(client.bots_info(bot="B0NONE")) == "bot_not_found"
        assert await error_of(client.team_info(team="T0NONE")) == "team_not_found"

    async def test_the_api_answers_what_it_is_sent(self, client):
        assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"
        assert await error_of(client.api_test(error="my_error")) == "my_error"
