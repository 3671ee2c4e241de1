"""Setting up an authenticator app and deciding with it, in Slack; nothing of it is left anywhere but encrypted."""

import re
from typing import Any

import pyotp
from click.testing import CliRunner

from bot import cli
from bot.demo.world import World, slack_id
from bot.store.vault import Vault, new_key
from tests.conftest import OPS, asked, card, running_bot, until, whispers

SEED = re.compile(r"type this key: ((?:[A-Z2-7]{4} ?)+)")


def shown_to(around: World, who: str) -> dict[str, Any]:
    return around.slack.views(slack_id(who))[-1]


def texts(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if "text" in block]


async def typed(around: World, who: str, code: str) -> Any:
    return await around.slack.submit(slack_id(who), shown_to(around, who)["id"], {"code": {"code": code}})


def stored(sql: Any) -> str:
    """All that the bot's tables hold, as text."""
    tables = [name for (name,) in sql("SELECT tablename FROM pg_tables WHERE schemaname = 'pmbot'")]
    rows = "SELECT coalesce(string_agg(to_jsonb(t)::text, chr(10)), '') FROM pmbot.{} AS t"
    return "\n".join(sql(rows.format(name))[0][0] for name in tables)


async def test_a_code_app_is_set_up_and_used_and_leaves_no_trace(surroundings: World, sql: Any, capfd: Any) -> None:
    slack, secret = surroundings.slack, []
    async with running_bot(surroundings, pm_secret_key=new_key()):
        shown = await asked(surroundings, "/pm role add finance to @kofi because month end", by="maria.costa")
        await slack.click(slack_id("security"), shown["ts"], OPS, "approve")
        await until(lambda: "You have not set up such an app yet" in "".join(whispers(surroundings, "security")))
        offer = [one for one in slack.messages(OPS, slack_id("security")) if one.get("is_ephemeral")][-1]
        await slack.click(slack_id("security"), offer["ts"], OPS, "enrol")
        view = await until(lambda: slack.views(slack_id("security")) and shown_to(surroundings, "security"))
        said = await until(lambda: SEED.search(" ".join(texts(shown_to(surroundings, "security")))))
        view = shown_to(surroundings, "security")
        seed = said[1].replace(" ", "")
        [picture] = [block["slack_file"]["id"] for block in view["blocks"] if block["type"] == "image"]
        assert slack.state.files[picture].content.startswith(b"\x89PNG")
        assert not slack.state.files[picture].shares
        phone = pyotp.TOTP(seed)

        def code(steps: int) -> str:
            [(now,)] = sql("SELECT extract(epoch FROM clock_timestamp())::bigint")
            made = phone.at(now + steps * 30)
            secret.append(made)
            return made

        assert "not right" in (await typed(surroundings, "security", "000000")).errors["code"]
        answer = await typed(surroundings, "security", code(-1))
        assert not answer.errors
        [recovery] = [
            [one["text"] for one in block["fields"]]
            for block in shown_to(surroundings, "security")["blocks"]
            if "fields" in block
        ]
        assert len(recovery) == 10
        await until(lambda: picture in slack.state.deleted_files)
        await slack.close_view(slack_id("security"), shown_to(surroundings, "security")["id"])

        await slack.click(slack_id("security"), shown["ts"], OPS, "approve")
        view = await until(lambda: [one for one in slack.views(slack_id("security")) if one["callback_id"] == "code"])
        assert "4 attempts are left" in (await typed(surroundings, "security", "111111")).errors["code"]
        assert not (await typed(surroundings, "security", code(0))).errors
        await until(lambda: "approved by Amara Okonkwo" in card(surroundings)["text"])
        await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL") == [(0,)])
    left = stored(sql) + "".join(capfd.readouterr())
    for one in (seed, said[1].strip(), *recovery, *(once.replace("-", "") for once in recovery)):
        assert one not in left
    for one in (*secret, "000000", "111111"):
        assert f'"{one}"' not in left
    assert seed not in str(slack.messages(OPS, slack_id("root")))


def test_the_command_line_makes_keys_and_encrypts_anew(database_url: str, sql: Any) -> None:
    """After that the old key can be left out; without any key it says what to do."""
    first, run = new_key(), CliRunner().invoke
    newest = run(cli.main, ["secrets", "key"]).output.strip()
    sealed = Vault(first).seal("a seed")
    sql("INSERT INTO pmbot.code_apps (staff_id, seed) VALUES (gen_random_uuid(), %s)", sealed)
    both = {"DATABASE_URL": database_url, "PM_SECRET_KEY": f"{newest},{first}"}
    done = run(cli.main, ["secrets", "rotate"], env=both)
    assert done.output == "Encrypted with the first key: 1 secret.\n"
    [(again,)] = sql("SELECT seed FROM pmbot.code_apps")
    assert Vault(newest).open(bytes(again)) == "a seed"
    without = run(cli.main, ["secrets", "rotate"], env=both | {"PM_SECRET_KEY": ""})
    assert "PM_SECRET_KEY is not set, so nothing is encrypted." in without.output
    assert without.exit_code == 1
