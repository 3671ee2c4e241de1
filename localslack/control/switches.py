"""The standing faults there are: what each is called, what it does, and what can be set about it."""

from dataclasses import dataclass, field
from typing import Any

from localslack.workspace.model import Json

TITLES = {
    "share": "Share of them, 0 to 1",
    "methods": "Which methods",
    "retry_after": "Retry-After, seconds",
    "seconds": "Seconds",
    "times": "How many times more",
    "error": "Error code",
}


@dataclass(slots=True)
class Switch:
    """`values` are its parameters as they are set; `only` and `spares`: the methods it alone, or never, concerns."""

    name: str
    label: str
    description: str
    values: dict[str, Any] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    spares: frozenset[str] = frozenset()
    on: bool = False
    struck: int = 0

    def set(self, parameters: Json) -> None:
        for name, value in parameters.items():
            if name not in self.values:
                raise ValueError(f"{self.name} has no parameter {name!r}; it has {', '.join(self.values) or 'none'}")
            self.values[name] = _checked(name, value, self.values[name])

    def as_json(self) -> Json:
        return {
            "name": self.name,
            "label": self.label,
            "description": self.description,
            "on": self.on,
            "struck": self.struck,
            "parameters": [
                {"name": name, "label": TITLES[name], "value": value, "type": _type(value)}
                for name, value in self.values.items()
            ],
        }


def _checked(name: str, value: Any, before: Any) -> Any:
    if isinstance(before, str):
        return str(value)
    try:
        number = type(before)(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a number, not {value!r}") from None
    if number < 0 or (name == "share" and number > 1):
        raise ValueError(f"{name} cannot be {value}")
    return number


def _type(value: Any) -> str:
    return "text" if isinstance(value, str) else "number"


OPENS = frozenset({"views.open", "views.push"})
NOT_THE_BOTS_TOKEN = frozenset({"response_url", "apps.connections.open", "api.test"})


def all_switches() -> list[Switch]:
    """A fresh one of each, all off, in the order to show them."""
    return [*_of_calls(), *_of_deliveries(), *_of_the_workspace()]


def _of_calls() -> list[Switch]:
    return [
        Switch(
            "rate_limits",
            "Rate limit storm",
            "Calls of the Web API are answered with 429 and Retry-After, and do nothing.",
            {"share": 0.5, "retry_after": 1, "methods": "*"},
        ),
        Switch(
            "server_errors",
            "Server errors",
            "Calls of the Web API are answered with status 500, and do nothing.",
            {"share": 0.3, "methods": "*"},
        ),
        Switch(
            "lost_answers",
            "Answers lost",
            "Calls of the Web API take effect, and then the connection is cut before the answer.",
            {"share": 0.3, "methods": "*"},
        ),
        Switch(
            "slow_answers",
            "Slow answers",
            "Calls of the Web API wait before they work.",
            {"share": 1.0, "seconds": 2.0, "methods": "*"},
        ),
    ]


def _of_deliveries() -> list[Switch]:
    return [
        Switch(
            "repeated_delivery",
            "Delivered again",
            "What was sent to the app and taken by it is sent once more, the very same payload.",
            {"share": 0.5, "times": 1},
        ),
        Switch(
            "out_of_order",
            "Out of order",
            "What is sent to the app is held back until something later went first, or until the seconds are over.",
            {"share": 0.5, "seconds": 1.0},
        ),
        Switch(
            "double_click",
            "Double click",
            "Every click on a button is two clicks at the same moment.",
            {"share": 1.0},
        ),
        Switch(
            "deaf_socket",
            "Deaf connection",
            "The Socket Mode connections open now stay open, but nothing goes through them any more.",
        ),
    ]


def _of_the_workspace() -> list[Switch]:
    return [
        Switch(
            "expired_trigger",
            "Expired triggers",
            "Opening a form finds that its trigger has run out: expired_trigger_id.",
            {"share": 1.0},
            only=OPENS,
        ),
        Switch(
            "no_data_blocks",
            "No native data blocks",
            "The workspace does not know native tables and charts: invalid_blocks.",
        ),
        Switch(
            "revoked_token",
            "Token revoked",
            "The bot's token is not accepted any more, as after the app was removed.",
            {"error": "token_revoked"},
            spares=NOT_THE_BOTS_TOKEN,
        ),
    ]
