"""A local Slack, slack_sdk's own client for it, and an app that listens; where a file differs it brings its own."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalSlack
from tests.localslack.playing import Recorder, recording, workspace


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    local = LocalSlack(workspace())
    async with local.serve():
        yield local


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")


@pytest.fixture
async def app(slack: LocalSlack) -> AsyncIterator[Recorder]:
    async with recording() as (recorder, url):
        slack.request_url = url
        yield recorder
