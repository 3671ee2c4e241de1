"""Whatever becomes of an alert and of the calls, PagerDuty comes to say what Slack says."""

from hypothesis import given
from hypothesis import strategies as st

from bot.integrations.pagerduty.events import Event
from bot.oncall.steps import begins_anew, following

WANTED = st.sampled_from(list(Event))
ANSWERS = st.sampled_from(["taken", "lost before it came", "lost after it came"])


class Account:
    """What PagerDuty shows by key, as its Events API has it."""

    def __init__(self) -> None:
        self.shown: dict[int, Event] = {}

    def take(self, event: Event, key: int) -> None:
        before = self.shown.get(key)
        if event is Event.TRIGGER and before in (None, Event.RESOLVE):
            self.shown[key] = event  # what is triggered again while it is open stays as it is
        elif before in (Event.TRIGGER, Event.ACKNOWLEDGE) and event is not Event.TRIGGER:
            self.shown[key] = event

    @property
    def open(self) -> list[Event]:
        return [one for one in self.shown.values() if one is not Event.RESOLVE]


class Told:
    """Both sides of it: ours, and PagerDuty's."""

    def __init__(self) -> None:
        self.account = Account()
        self.known: Event | None = None
        self.tried: Event | None = None
        self.generation = 0

    def call(self, wanted: Event, answer: str) -> bool:
        """One call; False where nothing is left to say."""
        event = following(wanted, self.known, self.tried)
        if event is None:
            return False
        self.generation += begins_anew(event, self.tried)
        self.tried = event
        if answer != "lost before it came":
            self.account.take(event, self.generation)
        if answer == "taken":
            self.known, self.tried = event, None
        return True


@given(st.lists(st.tuples(WANTED, st.lists(ANSWERS, max_size=4)), max_size=6))
def test_it_settles_as_wanted(turns: list[tuple[Event, list[str]]]) -> None:
    """Calls are lost on either way, and something else is wanted meanwhile; in the end they are answered."""
    told, wanted = Told(), Event.TRIGGER
    for wanted, answers in turns:
        for answer in answers:
            told.call(wanted, answer)
    for _ in range(3):
        told.call(wanted, "taken")
    assert not told.call(wanted, "taken")
    assert len(told.account.open) <= 1
    if wanted is Event.ACKNOWLEDGE:  # nobody is called for what somebody looks after
        assert Event.TRIGGER not in told.account.open
    else:
        assert told.account.open == ([Event.TRIGGER] if wanted is Event.TRIGGER else [])


def test_an_alert_that_is_over_before_it_was_told_is_never_told() -> None:
    """Nobody is called for it."""
    assert [following(one, None, None) for one in Event] == [Event.TRIGGER, None, None]


def test_what_fires_again_after_it_was_acknowledged_begins_anew() -> None:
    """PagerDuty would not call anybody for what is acknowledged there."""
    assert following(Event.TRIGGER, Event.ACKNOWLEDGE, None) is Event.RESOLVE
    assert following(Event.TRIGGER, Event.RESOLVE, None) is Event.TRIGGER
    assert begins_anew(Event.TRIGGER, None)
    assert not begins_anew(Event.TRIGGER, Event.TRIGGER)  # the same once more
