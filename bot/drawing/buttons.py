"""What buttons say: what they begin, whether a form asks for more, and with what of the same the next one begins."""

from collections.abc import Collection, Mapping

from bot.actions.base import Action
from bot.drawing import elements
from bot.errors import Suggestion
from bot.parameters.base import Reason
from bot.policy import Risk
from bot.store.models import JSON
from bot.words import sentence

VOWELS = tuple("aeio")


def begins(action: type[Action], given: Collection[str] = ()) -> str:
    """What a button says that asks for an action on what is spoken of: `Suspend …`; `…` where a form asks for more."""
    if not any(one.usage for one in action.declared().values()):
        return offers(action)
    more = asks_for_more(action, dict.fromkeys(given, "given"))
    said = sentence(action.offer() if _says_too_little(action) else action.phrase())
    return f"{said} …" if more else said


def offers(action: type[Action]) -> str:
    """The same where nothing is spoken of yet: `Suspend somebody …`."""
    said = sentence(action.offer())
    return f"{said} …" if asks_for_more(action, {}) else said


def _says_too_little(action: type[Action]) -> bool:
    """Whether its words alone are no sentence on a button: `see billing of`, `jobs failed`, `quarantine a ip`."""
    looks = action.risk is Risk.READ and not action.says and " " in action.verb
    return looks or action.phrase().endswith((" of", " to")) or action.phrase().partition(" a ")[2][:1] in VOWELS


def shared_arguments(action: Action, other: type[Action]) -> dict[str, str]:
    """The parameters of one action that another takes too, by what they mean; the reason is everybody's own to give."""
    given = [value for value in action.values().values() if not isinstance(value, Reason)]
    found = {name: [kind.taken_from(value) for value in given] for name, kind in other.parameters().items()}
    return {name: raw for name, raws in found.items() for raw in reversed(raws) if raw is not None}


def asks_for_more(action: type[Action], given: Mapping[str, str]) -> bool:
    """Whether something has to be said that was not given: a form opens first."""
    needed = (name for name, one in action.declared().items() if one.usage and not one.optional)
    return any(not given.get(name, "").strip() for name in needed)


def said_on(suggestion: Suggestion, action: type[Action] | None) -> str:
    """What a suggestion's button says: `…` where a form asks for the rest, and `Request:` where it asks at once."""
    label = suggestion.label
    if action is not None and asks_for_more(action, suggestion.arguments):
        return f"{label} …"
    if action is None or action.risk is Risk.READ:
        return label
    return f"Request: {label[:1].lower()}{label[1:]}"


def button(text: str, action: str, value: object, style: str | None = None) -> JSON:
    """A button as data, for the templates' `buttons(*next_buttons)`."""
    return elements.button(text, action, value, style)
