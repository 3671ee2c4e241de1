"""How scenarios are read and played: what is not so is said with what was there instead; unknown is not passed."""

from pathlib import Path

import pytest

from bot.demo import world
from bot.demo.scenarios import screen
from bot.demo.scenarios.language import meaning
from bot.demo.scenarios.player import Mark, Outcome, play
from bot.demo.scenarios.reading import Kind, Scenario, Step, all_scenarios, named, read
from bot.demo.scenarios.stage import Stage, Surroundings
from bot.errors import Misconfigured
from localslack import LocalSlack
from localslack.workspace.model import Message
from tests.conftest import OPS


@pytest.fixture
def slack() -> LocalSlack:
    """A workspace without a bot."""
    return LocalSlack(world.workspace())


def scenario(*lines: str) -> Scenario:
    steps = []
    for number, line in enumerate(lines, start=1):
        keyword, _, text = line.partition(" ")
        steps.append(Step(Kind(keyword.lower()), keyword, text, "made-up.feature", number))
    return Scenario("Made up", "", "", "", tuple(steps), "")


def posted(slack: LocalSlack, text: str, *, button: str = "", only_for: str | None = None) -> Message:
    """A message of the bot."""
    label = {"type": "plain_text", "text": button}
    element = {"type": "button", "action_id": "do", "value": "1", "text": label}
    said = {"type": "section", "block_id": "said", "text": {"type": "mrkdwn", "text": text}}
    actions = [{"type": "actions", "block_id": "acts", "elements": [element]}] if button else []
    message = Message(slack.state.next_ts(), OPS, "U0BOT", blocks=[said, *actions], by_app=True, ephemeral_to=only_for)
    return slack.add_message(message, event=False)


async def outcomes(slack: LocalSlack, *lines: str) -> list[Outcome]:
    return [outcome async for outcome in play(scenario(*lines), Surroundings(slack))]


class TestReading:
    def test_every_step_of_every_scenario_is_understood(self) -> None:
        """Each has exactly one meaning, every scenario a sentence about it, and no two have one name."""
        scenarios = all_scenarios()
        assert len({one.slug for one in scenarios}) == len(scenarios) >= 6
        for one in scenarios:
            assert one.about
            assert one.lasts
            assert one.afterwards or one.headless
            for step in one.steps:
                meaning(step)

    def test_an_unknown_step_is_named_with_its_line_and_its_nearest(self) -> None:
        with pytest.raises(Misconfigured) as refused:
            meaning(Step(Kind.THEN, "Then", 'the card displays "done"', "made-up.feature", 7))
        assert str(refused.value).startswith("made-up.feature:7: “Then the card displays")
        assert "The nearest is: the card shows {string}" in str(refused.value)

    def test_a_file_that_is_no_gherkin_is_refused_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "x.feature").write_text("Feature: x\n  Scenario: y\n    Given z\n    Whenever\n")
        with pytest.raises(Misconfigured, match=r"x\.feature is no scenario file: [\s\S]*\(4:5\)"):
            read(tmp_path / "x.feature")

    def test_scenarios_go_by_name_and_as_typed_in_a_shell(self) -> None:
        assert named(["double click"]) == named(["Double-Click"])
        with pytest.raises(Misconfigured, match=r"There is no scenario triple\. There are: a-stolen-laptop"):
            named(["triple"])

    @pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda one: one.slug)
    def test_every_tour_says_everything_in_plain_words(self, scenario: Scenario) -> None:
        """Each step for somebody who sees the bot for the first time."""
        assert [step.text for step in scenario.steps if not step.plain] == []

    def test_the_first_tour_has_questions(self) -> None:
        """What somebody who has taken it can answer."""
        first = all_scenarios()[0]
        assert [question for question, _ in first.answers] == [
            "Who asked?",
            "Who decided?",
            "What happened?",
            "How does one know?",
            "How is it undone?",
        ]


class TestScreen:
    @pytest.mark.parametrize(
        ("pattern", "text", "fit"),
        [
            ("Sign out … everywhere", "Sign out Priya Raghunathan everywhere", True),
            ("for …", "for 2 h", True),
            ("Sign out … everywhere", "Sign out Priya", False),
            ("done (all)", "It is done (all)\nof it", True),
            ("all) of", "It is done (all)\nof it", True),
        ],
    )
    def test_three_dots_stand_for_anything(self, pattern: str, text: str, fit: bool) -> None:  # noqa: FBT001
        assert screen.fits(pattern, text) is fit

    def test_a_message_reads_as_people_see_it(self, slack: LocalSlack) -> None:
        """Names for ids, dates as they fall back, no markup."""
        posted(
            slack, "*Waits* for <@U0SECURITY> until <!date^1^{time}|noon> &amp; in <#C0FINANCE|finance>", button="Go"
        )
        (message,) = slack.messages(OPS)
        assert screen.words(slack, message) == "Waits for @Amara Okonkwo until noon & in #finance"
        assert screen.in_short(slack, message).endswith("#finance [Go]")


class TestPlaying:
    async def test_what_is_not_there_is_said_with_what_is(self, slack: LocalSlack) -> None:
        """Expected, found, file and line; nothing more is played."""
        posted(slack, "from before", button="Approve")
        lines = ('Then #operations shows a card "Done" within 0 seconds', 'Then the card shows "Done"')
        failed, left = await outcomes(slack, *lines)
        assert (failed.mark, left.mark) == (Mark.FAILED, Mark.NOT_PLAYED)
        assert str(failed).splitlines()[1:] == [
            "    at made-up.feature:1",
            "    expected: #operations shows a new card “Done”.",
            "    instead: #operations shows nothing new.",
        ]

    async def test_only_what_is_new_counts(self, slack: LocalSlack) -> None:
        """A card of an earlier time is not taken for the one that was asked for."""
        posted(slack, "Sign out", button="Approve")
        around = Surroundings(slack)
        async with Stage(around) as stage:
            assert stage.new_messages(stage.channel("#operations")) == []
            posted(slack, "Sign out again", button="Approve")
            assert len(stage.new_messages(stage.channel("#operations"))) == 1

    async def test_what_everybody_sees_is_not_told_to_one_alone(self, slack: LocalSlack) -> None:
        step = 'Then Oncall alone is told "nobody" within 0 seconds'
        async with Stage(Surroundings(slack)) as stage:
            posted(slack, "There is nobody")
            meant = meaning(scenario(step).steps[0])
            with pytest.raises(Exception, match="Óscar Peñalver alone is told “nobody”"):
                await meant.happen(stage)
            posted(slack, "There is nobody", only_for="U0ONCALL")
            await meant.happen(stage)

    async def test_without_a_database_or_a_platform_it_is_not_checked(self, slack: LocalSlack) -> None:
        """Never counted as true; what comes after is played all the same."""
        steps = (
            "Given Staffer is signed in 4 times",
            "Then in the database Staffer has 0 sessions in force",
            "Then the platform refuses Staffer's token",
            "Then nothing was done",
            "Then every click was answered in time",
        )
        played = await outcomes(slack, *steps)
        assert [one.mark for one in played] == [*[Mark.NOT_CHECKED] * 4, Mark.DONE]
        assert [one.checked for one in played] == [False, False, False, False, True]
        assert str(played[1]).endswith("(not checked: no database is known here)")

    async def test_without_its_trouble_the_rest_is_not_played(self, slack: LocalSlack) -> None:
        """Nothing is written into a database that was not given for it."""
        slack_only = Surroundings(slack, "postgresql://127.0.0.1:1/real", may_make_trouble=False)
        steps = scenario('Given the trouble "queue-backlog" begins', 'Then #operations shows a card "backing up"')
        stage = Stage(slack_only)
        with pytest.raises(Exception, match="trouble is made only in a database that is known and given for it"):
            await meaning(steps.steps[0]).happen(stage)
        assert [one.mark for one in await outcomes(slack, *(f"{s.keyword} {s.text}" for s in steps.steps))] == [
            Mark.NOT_PLAYED,
            Mark.NOT_PLAYED,
        ]

    async def test_a_bot_that_is_away_fails_the_step_that_needs_it(self, slack: LocalSlack) -> None:
        (failed,) = await outcomes(slack, 'When Oncall types "/pm help" in #operations')
        assert failed.mark is Mark.FAILED
        assert failed.expected == "The bot takes /pm help."

    def test_people_go_by_first_name_or_address_and_nobody_is_guessed(self, slack: LocalSlack) -> None:
        stage = Stage(Surroundings(slack))
        assert stage.person("Amara") is stage.person("security")
        with pytest.raises(Misconfigured, match=r"Who is Maria\? It may be: maria.costa, maria.lindgren"):
            stage.person("Maria")
        with pytest.raises(Misconfigured, match=r"Who is Zoe\? There are: root, oncall"):
            stage.person("Zoe")
