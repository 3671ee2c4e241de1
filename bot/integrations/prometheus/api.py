"""Questions to Prometheus, by its HTTP API v1 (`/api/v1/query`), which other systems of its kind speak, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx
from pydantic import SecretStr

from bot.errors import Unavailable
from bot.integrations import http

PATH = "/api/v1/query"
SECONDS = 10.0  # for one answer; Prometheus gives up after as long


@dataclass(frozen=True)
class Sample:
    """The newest value of one series, with its labels; a scalar has none."""

    labels: Mapping[str, str]
    value: float


class Prometheus:
    """Asks, and changes nothing there."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers=headers, timeout=SECONDS, trust_env=False, verify=http.authorities()
        )

    @classmethod
    def of(cls, url: SecretStr | None, token: SecretStr | None) -> Self | None:
        """None: the setting is absent, so it is off."""
        return cls(url.get_secret_value(), token.get_secret_value() if token else None) if url else None

    async def query(self, promql: str) -> list[Sample]:
        """What the expression is now. Raises `Unavailable` with what was wrong, in words without a full stop."""
        try:
            answer = await self._client.post(PATH, data={"query": promql, "timeout": f"{SECONDS:.0f}s"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"does not answer ({type(error).__name__})") from error
        try:
            return _samples(answer.json())
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Unavailable(f"answers {answer.status_code}, but not as the API v1 does") from error

    async def close(self) -> None:
        await self._client.aclose()


def _samples(answer: Any) -> list[Sample]:
    if answer["status"] != "success":
        raise Unavailable(f"refuses the query: {answer['errorType']}: {answer['error']}")
    kind, result = answer["data"]["resultType"], answer["data"]["result"]
    if kind == "scalar":
        return [Sample({}, float(result[1]))]
    if kind != "vector":
        raise Unavailable(f"answers with a {kind}: write a query whose result is one value for each series")
    return [Sample(dict(one["metric"]), float(one["value"][1])) for one in result]
