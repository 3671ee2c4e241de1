"""The arguments of a Web API call, however they came: JSON, form or query."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.demo.slack.workspace.model import Json, SlackError

FALSE = {"", "0", "false", "none"}


class Args:
    def __init__(self, values: Json) -> None:
        self.values = values

    @classmethod
    async def of(cls, request: Request) -> "Args":
        values: Json = dict(request.query_params)
        kind = request.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError:
                raise SlackError("invalid_json") from None
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            return cls(values | body)
        form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        return cls(values | dict(form))

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing: {name}"]})
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() not in FALSE

    def number(self, name: str, default: int, most: int) -> int:
        try:
            value = int(self.values.get(name) or default)
        except ValueError:
            raise SlackError("invalid_limit") from None
        if not 1 <= value <= most:
            raise SlackError("invalid_limit")
        return value

    def json(self, name: str, error: str) -> Any:
        """A structured argument, itself or as a JSON string; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None
