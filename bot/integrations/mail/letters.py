"""Letters from `templates/mail`: each as plain text, whose first line is the subject, and as HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

SUBJECT = "Subject: "


@dataclass(frozen=True)
class Letter:
    """What is sent; a value in it is text, never markup."""

    subject: str
    text: str
    html: str

    @property
    def lines(self) -> list[str]:
        """What is said, for a preview."""
        return [line for line in self.text.splitlines() if line]


class Letters:
    """The letters there are, by name: `reset_password`."""

    def __init__(self, folder: Path) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(folder / "mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def write(self, name: str, context: Mapping[str, Any]) -> Letter:
        """The letter with these values: JSON."""
        plain = {key: _on_one_line(value) for key, value in context.items()}
        subject, _, text = self._templates.get_template(f"{name}.txt").render(plain).strip().partition("\n")
        page = self._templates.get_template(f"{name}.html").render(plain)
        return Letter(subject.removeprefix(SUBJECT).strip(), text.strip() + "\n", page)


def _on_one_line(value: Any) -> Any:
    """A line break in a name would begin another header, or another paragraph."""
    return " ".join(value.split()) if isinstance(value, str) else value
