"""Steps about what is no message: forms and App Home."""

from bot.demo.scenarios import screen
from bot.demo.scenarios.language import NotSo, then
from bot.demo.scenarios.stage import Stage
from localslack import Person
from localslack.workspace.model import Json


@then("{person} sees the form {string}")
async def sees_form(stage: Stage, name: str, title: str) -> None:
    """The one that was opened last."""
    person = stage.person(name)
    titles = [one["title"]["text"] for one in stage.slack.views(person.id)]
    if not titles or not screen.is_called(title, titles[-1]):
        found = [f"The form “{one}” is open." for one in titles[-1:]] or ["No form is open."]
        raise NotSo(f"{person.real_name} sees the form “{title}”.", found)


@then("{person}'s App Home shows {string}")
async def home_shows(stage: Stage, name: str, pattern: str) -> None:
    person = stage.person(name)
    home = _home(stage, person)
    if not screen.fits(pattern, screen.words(stage.slack, home)):
        await _look_again(stage, person, f"shows “{pattern}”", home)


@then("{person}'s App Home has the button {string}")
async def home_has_button(stage: Stage, name: str, label: str) -> None:
    person = stage.person(name)
    home = _home(stage, person)
    if not any(screen.is_called(label, one) for one in screen.labels(home)):
        await _look_again(stage, person, f"has the button “{label}”", home)


def _home(stage: Stage, person: Person) -> Json:
    return stage.slack.home(person.id) or {}


async def _look_again(stage: Stage, person: Person, expected: str, home: Json) -> None:
    """It is drawn when somebody opens it, and seen at the next look."""
    await stage.slack.open_home(person.id)
    found = [f"It reads: {screen.in_short(stage.slack, home)}"] if home else ["It was never opened."]
    raise NotSo(f"{person.real_name}'s App Home {expected}.", found)
