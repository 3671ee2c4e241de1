"""What is wrong with a block: complaints as Slack words them, each with a JSON pointer."""

from typing import Any


class Trouble(list[str]):
    def add(self, complaint: str, where: str) -> None:
        self.append(f"{complaint} [json-pointer:{where}]")

    def messages(self) -> list[str]:
        return [f"[ERROR] {complaint}" for complaint in self]

    def longest(self, text: Any, most: int, where: str) -> None:
        """Absent is fine; text must be a string of at most `most` characters."""
        if text is None:
            return
        if not isinstance(text, str):
            self.add("must be a string", where)
        elif len(text) > most:
            self.add(f"must be less than {most + 1} characters", where)

    def filled(self, text: Any, where: str) -> None:
        if not isinstance(text, str):
            self.add("must be a string", where)
        elif not text:
            self.add("must be more than 0 characters", where)

    def counted(self, items: Any, least: int, most: int, where: str) -> bool:
        """Whether it is a list at all; how many it holds may still be a complaint."""
        if not isinstance(items, list):
            self.add("must provide an array", where)
            return False
        if len(items) < least:
            self.add(f"no fewer than {least} items allowed", where)
        if len(items) > most:
            self.add(f"no more than {most} items allowed", where)
        return True
