"""What is wrong with a payload: complaints worded as Slack words them, each with a JSON pointer."""

from collections.abc import Collection
from typing import Literal, NamedTuple

Surface = Literal["message", "modal", "home"]


class Problem(NamedTuple):
    """str() of it reads as Slack words it: `must be less than 151 characters [json-pointer:/blocks/0/text/text]`."""

    text: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


class Report:
    """The problems found so far, and where the payload is to stand."""

    def __init__(self, surface: Surface, refused: Collection[str] = ()) -> None:
        self.surface = surface
        self.refused = refused
        self.problems: list[Problem] = []

    def add(self, text: str, pointer: str) -> None:
        self.problems.append(Problem(text, pointer))
