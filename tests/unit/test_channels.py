"""Which channel a logical name stands for."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels


async def test_operations_stand_in_where_stakeholders_have_no_channel() -> None:
    """Theirs as soon as the policy names one; any other name is taken as it is."""
    client = AsyncWebClient()
    assert await Channels(client, {"operations": "C0OPS"}).id_of("stakeholders") == "C0OPS"
    assert await Channels(client, {"operations": "C0OPS", "stakeholders": "C0ALL"}).id_of("stakeholders") == "C0ALL"
    assert Channels(client, {"operations": "ops"}).shown("stakeholders") == "#ops"
    assert Channels(client, {}).shown("security") == "#security"
