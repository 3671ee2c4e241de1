"""views.*: triggers, the stack of forms, App Home, hashes and external ids."""

from tests.localslack.calling import error_of, refusal
from tests.localslack.playing import ONCALL, SECURITY, actions, asked, button, modal

FORM = modal(asked({"type": "plain_text_input", "action_id": "reason"}))
HOME = {"type": "home", "blocks": actions(button())}


async def opened(slack, client, user=ONCALL, **more):
    trigger = slack.state.new_trigger(user)
    return (await client.views_open(trigger_id=trigger, view=FORM | more))["view"]


class TestTriggers:
    async def test_a_trigger_opens_one_form_within_its_time(self, client, slack):
        trigger = slack.state.new_trigger(ONCALL)
        await client.views_open(trigger_id=trigger, view=FORM)
        again = await error_of(client.views_open(trigger_id=trigger, view=FORM))
        slack.state.trigger_seconds = 0
        late = await error_of(client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=FORM))
        made_up = await error_of(client.views_open(trigger_id="1.2.3", view=FORM))
        assert (again, late, made_up) == ("exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id")
        assert [v["callback_id"] for v in slack.views(ONCALL)] == ["form"]

    async def test_a_form_that_is_refused_leaves_its_trigger_unused(self, client, slack):
        """The checks come first, as one sees from Slack: the app may try again with a better view."""
        trigger = slack.state.new_trigger(ONCALL)
        assert await error_of(client.views_open(trigger_id=trigger, view=FORM | {"title": None})) == "invalid_arguments"
        await client.views_open(trigger_id=trigger, view=FORM)


class TestTheStack:
    async def test_three_forms_may_lie_on_each_other(self, client, slack):
        first = await opened(slack, client)
        for _ in range(2):
            await client.views_push(trigger_id=slack.state.new_trigger(ONCALL), view=FORM)
        _, second, third = slack.views(ONCALL)
        assert (third["previous_view_id"], third["root_view_id"]) == (second["id"], first["id"])
        one_more = client.views_push(trigger_id=slack.state.new_trigger(ONCALL), view=FORM)
        assert await error_of(one_more) == "push_limit_reached"

    async def test_there_is_nothing_to_push_onto_before_one_is_open(self, client, slack):
        assert await error_of(client.views_push(trigger_id=slack.state.new_trigger(ONCALL), view=FORM)) == "not_found"

    async def test_a_form_is_found_by_the_name_the_app_gave_it(self, client, slack):
        await opened(slack, client, external_id="reason-1")
        await client.views_update(external_id="reason-1", view=FORM | {"callback_id": "newer"})
        assert slack.views(ONCALL)[0]["callback_id"] == "newer"
        assert await error_of(client.views_update(external_id="reason-2", view=FORM)) == "not_found"
        assert await error_of(client.views_update(view_id="V0NONE", view=FORM)) == "not_found"

    async def test_that_name_is_one_forms_alone(self, client, slack):
        await opened(slack, client, external_id="reason-1")
        trigger = slack.state.new_trigger(SECURITY)
        twice = client.views_open(trigger_id=trigger, view=FORM | {"external_id": "reason-1"})
        assert await error_of(twice) == "duplicate_external_id"


class TestHashes:
    async def test_an_old_hash_does_not_overwrite(self, client, slack):
        view = (await client.views_publish(user_id=ONCALL, view=HOME))["view"]
        await client.views_publish(user_id=ONCALL, view=HOME | {"blocks": []}, hash=view["hash"])
        assert await error_of(client.views_publish(user_id=ONCALL, view=HOME, hash=view["hash"])) == "hash_conflict"
        form = await opened(slack, client)
        await client.views_update(view_id=form["id"], view=FORM, hash=form["hash"])
        stale = client.views_update(view_id=form["id"], view=FORM, hash=form["hash"])
        assert await error_of(stale) == "hash_conflict"


class TestHome:
    async def test_it_is_each_persons_own(self, client, slack):
        await client.views_publish(user_id=ONCALL, view=HOME | {"callback_id": "theirs"})
        assert slack.home(ONCALL)["callback_id"] == "theirs"
        assert slack.home(SECURITY) is None

    async def test_it_needs_its_tab_and_a_person(self, client, slack):
        refused = await refusal(client.views_publish(user_id="U0NOBODY", view=HOME))
        assert (refused["error"], refused["response_metadata"]["messages"]) == (
            "invalid_arguments", ["[ERROR] invalid `user_id`"],
        )  # fmt: skip
        slack.workspace.home_tab = False
        assert await error_of(client.views_publish(user_id=ONCALL, view=HOME)) == "not_enabled"

    async def test_a_form_is_no_home_and_a_home_no_form(self, client, slack):
        as_home = client.views_publish(user_id=ONCALL, view=FORM)
        as_form = client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=HOME)
        assert (await error_of(as_home), await error_of(as_form)) == ("invalid_arguments", "invalid_arguments")


class TestSize:
    async def test_a_view_of_more_than_250_kb_is_too_large(self, client, slack):
        options = [
            {"text": {"type": "plain_text", "text": "x" * 75}, "value": f"{number:0>150}"} for number in range(100)
        ]
        selects = [{"type": "static_select", "action_id": f"s{number}", "options": options} for number in range(11)]
        view = modal(*(asked(select) for select in selects))
        assert await error_of(client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=view)) == (
            "view_too_large"
        )
