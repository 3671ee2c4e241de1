"""What the rules that ship offer, pressed on the alert itself."""

from typing import Any

from bot.demo.world import World, slack_id
from bot.words import counted
from tests.conftest import SECURITY_CHANNEL, cards, until

ACTIVE = "FROM users JOIN sessions ON user_id = users.id WHERE revoked IS NULL AND expires > now() AND kind = 'tenant'"
REASON = "many sign-ins to this account fail"
TRIED = """
    INSERT INTO login_events (user_id, email, succeeded, ip, user_agent, at)
    SELECT users.id, users.email, false, '198.51.100.' || n, 'curl', now()
    FROM users, generate_series(1, 6) AS n WHERE users.email = %s
"""


async def test_an_account_whose_password_is_tried_is_signed_out(bot_world: World, sql: Any) -> None:
    """The alert names it masked; its button asks for just that account."""
    [(email, number)] = sql(f"SELECT email, count(*) {ACTIVE} GROUP BY email ORDER BY email LIMIT 1")
    sql(TRIED, email)
    alert = await until(lambda: [one for one in cards(bot_world, SECURITY_CHANNEL) if "fail" in one["text"]])
    assert email not in alert[0]["text"]
    await bot_world.slack.click(slack_id("security"), alert[0]["ts"], SECURITY_CHANNEL, "alert:help:everybody")
    card = await until(lambda: newest if REASON in (newest := cards(bot_world, SECURITY_CHANNEL)[-1])["text"] else None)
    assert f"@{email.partition('@')[2]} everywhere" in card["text"]
    assert f"Now {counted(number, 'active session')}" in " ".join(card["text"].split())
    await bot_world.slack.click(slack_id("security"), card["ts"], SECURITY_CHANNEL, "approve")
    await until(lambda: sql(f"SELECT count(*) {ACTIVE} AND email = %s", email) == [(0,)])
