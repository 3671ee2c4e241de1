"""Critical decisions take a code from an app: right, once, for half an hour; wrong ones are counted."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pyotp
import pytest

from bot.demo.world import slack_id
from bot.errors import CodeNeeded, Misconfigured, NoCodeApp, NothingToDo, NotPermitted, Refused
from bot.pipeline import step_up
from bot.pipeline.step_up import Checked
from bot.store.models import Proposal, State
from bot.store.vault import Vault, new_key
from tests.promises.asking_for_roles import ask_for_roles
from tests.promises.bench import Bench, build

HALF_MINUTE, KEY = 30, new_key()


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    """The pipeline's functions where a key is set."""
    made = build(database_url)
    yield Bench(dataclasses.replace(made.core, vault=Vault(KEY)))
    await made.database.engine.dispose()


class Phone:
    """Somebody's app."""

    def __init__(self, bench: Bench, name: str, seed: str) -> None:
        self._bench, self.name, self.maker = bench, name, pyotp.TOTP(seed)

    async def code(self, steps: int = 0) -> str:
        """What it shows now, or will so many half minutes from now; by the database's clock."""
        [(now,)] = await self._bench.sql("SELECT extract(epoch FROM clock_timestamp())::bigint")
        return self.maker.at(now + steps * HALF_MINUTE)

    async def gives(self, proposal: Proposal, typed: str) -> Checked:
        operator = await self._bench.operator(self.name)
        async with self._bench.database.transaction() as session:
            vault = step_up.vault_of(self._bench.core)
            return await step_up.prove(vault, session, operator, proposal.revision_id, typed)


async def begun(bench: Bench, name: str) -> Phone:
    operator = await bench.operator(name)
    async with bench.database.transaction() as session:
        enrolment = await step_up.begin(step_up.vault_of(bench.core), session, operator)
    return Phone(bench, name, enrolment.seed)


async def confirmed(bench: Bench, phone: Phone, typed: str) -> Checked:
    operator = await bench.operator(phone.name)
    async with bench.database.transaction() as session:
        return await step_up.confirm(step_up.vault_of(bench.core), session, operator, typed)


async def enrolled(bench: Bench, name: str = "security") -> tuple[Phone, tuple[str, ...]]:
    """With the code of half a minute ago, so that the one shown now still counts."""
    phone = await begun(bench, name)
    checked = await confirmed(bench, phone, await phone.code(-1))
    assert checked.wrong is None
    return phone, checked.recovery


async def critical(bench: Bench) -> Proposal:
    """Giving finance takes two."""
    return await ask_for_roles(bench, "maria.costa", "add", "kofi", "finance")


class TestDeciding:
    async def test_without_an_app_one_is_offered_and_without_a_code_it_is_asked_for(self, bench: Bench) -> None:
        """Rejecting takes none; nor does anything that is not critical, or limits damage."""
        asked = await critical(bench)
        with pytest.raises(NoCodeApp):
            await bench.decide("security", asked)
        phone, _ = await enrolled(bench)
        with pytest.raises(CodeNeeded):
            await bench.decide("security", asked)
        assert await phone.gives(asked, await phone.code()) == Checked()
        assert (await bench.decide("security", asked)).state == State.PENDING  # it takes two
        with pytest.raises(NoCodeApp):
            await bench.decide("nadia", asked)
        assert (await bench.decide("nadia", await bench.ask("oncall"))).state == State.APPROVED

    async def test_without_a_key_nobody_is_asked(self, bench: Bench) -> None:
        plain = Bench(dataclasses.replace(bench.core, vault=None))
        await plain.decide("security", await critical(plain))
        with pytest.raises(Refused, match="ask whoever runs this bot to set PM_SECRET_KEY"):
            step_up.vault_of(plain.core)

    async def test_a_code_counts_until_half_an_hour_passes_without_a_decision(self, bench: Bench) -> None:
        phone, _ = await enrolled(bench)
        asked = await critical(bench)
        await phone.gives(asked, await phone.code())
        await bench.sql("UPDATE pmbot.step_up_proofs SET used = now() - interval '29 minutes'")
        await bench.decide("security", asked)
        other = await ask_for_roles(bench, "maria.costa", "add", "hana", "finance")
        await bench.sql("UPDATE pmbot.step_up_proofs SET used = used - interval '29 minutes'")
        await bench.decide("security", other)  # counted from its last use
        more = await ask_for_roles(bench, "maria.costa", "add", "ines", "finance")
        await bench.sql("UPDATE pmbot.step_up_proofs SET used = used - interval '31 minutes'")
        with pytest.raises(CodeNeeded):
            await bench.decide("security", more)

    async def test_whoever_is_signed_out_gives_a_new_one(self, bench: Bench) -> None:
        """A stolen computer is what it is for."""
        phone, _ = await enrolled(bench)
        asked = await critical(bench)
        await phone.gives(asked, await phone.code())
        await bench.execute(await bench.decide("nadia", await bench.ask("oncall", about="security")))
        with pytest.raises(CodeNeeded):
            await bench.decide("security", asked)


class TestCodes:
    async def test_a_code_counts_once_also_at_the_same_instant(self, bench: Bench, sql) -> None:
        phone, _ = await enrolled(bench)
        asked, code = await critical(bench), await phone.code()
        sql("CREATE FUNCTION pmbot.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        sql(
            "CREATE TRIGGER forget BEFORE INSERT ON pmbot.step_up_proofs FOR EACH ROW EXECUTE FUNCTION pmbot.forget()"
        )  # or the second would pass by the first one's proof
        answers = await asyncio.gather(*(phone.gives(asked, code) for _ in range(3)))
        assert sorted(one.wrong is None for one in answers) == [False, False, True]
        assert {one.wrong for one in answers if one.wrong} == {
            "This code was used already. Wait until your app shows the next one."
        }
        assert await bench.sql("SELECT wrong FROM pmbot.code_apps") == [(0,)]

    @pytest.mark.parametrize("steps", [-3, 3])
    async def test_one_of_another_time_does_not(self, bench: Bench, steps: int) -> None:
        phone, _ = await enrolled(bench)
        checked = await phone.gives(await critical(bench), await phone.code(steps))
        assert checked.wrong == "This code is not right. 4 attempts are left."

    async def test_five_wrong_ones_lock_and_security_hears_of_it(self, bench: Bench) -> None:
        phone, recovery = await enrolled(bench)
        asked = await critical(bench)
        said = [(await phone.gives(asked, typed)).wrong for typed in ("000000", "x", "", "12345", "ABCD-EFGH")]
        assert said[3] == "This code is not right. 1 attempt is left."
        assert said[4] == step_up.LOCKED
        for typed in (await phone.code(1), recovery[0]):
            assert (await phone.gives(asked, typed)).wrong == step_up.LOCKED
        with pytest.raises(Refused, match="locked after 5 wrong codes"):
            await bench.decide("security", asked)
        rows = "SELECT channel, projection FROM pmbot.messages WHERE key LIKE 'step_up_locked:%'"
        assert await bench.sql(rows) == [("security", "step_up_locked")]
        noted = "SELECT action FROM pmbot.audit_log WHERE kind = 'stepped_up' ORDER BY id"
        assert [one for (one,) in await bench.sql(noted)] == ["step_up.enrolled", "step_up.locked"]

    async def test_a_recovery_code_counts_once_and_is_kept_as_a_digest(self, bench: Bench) -> None:
        phone, recovery = await enrolled(bench)
        assert len(set(recovery)) == 10
        asked = await critical(bench)
        assert await phone.gives(asked, f" {recovery[3].lower()} ") == Checked()
        await bench.sql("DELETE FROM pmbot.step_up_proofs")
        assert (await phone.gives(asked, recovery[3])).wrong == "This code is not right. 4 attempts are left."
        assert await phone.gives(asked, recovery[4].replace("-", "")) == Checked()

    async def test_wrong_ones_are_counted_in_a_row(self, bench: Bench) -> None:
        """A right one in between begins the count anew, and is on record with what it was given for."""
        phone, recovery = await enrolled(bench)
        asked = await critical(bench)
        for typed in ("000000", "x", "", "12345", recovery[0], "000000", "x"):
            checked = await phone.gives(asked, typed)
            await bench.sql("DELETE FROM pmbot.step_up_proofs")
        assert checked.wrong == "This code is not right. 3 attempts are left."
        passed = "SELECT facts ->> 'revision' FROM pmbot.audit_log WHERE action = 'step_up.passed'"
        assert await bench.sql(passed) == [(str(asked.revision_id),)]

    async def test_the_one_that_an_app_was_set_up_with_is_used(self, bench: Bench) -> None:
        phone = await begun(bench, "security")
        code = await phone.code()  # it is right for half a minute longer than it is shown
        assert (await confirmed(bench, phone, code)).wrong is None
        again = await phone.gives(await critical(bench), code)
        assert again.wrong == "This code was used already. Wait until your app shows the next one."

    async def test_a_recovery_code_is_its_owners_alone(self, bench: Bench) -> None:
        _, recovery = await enrolled(bench)
        other, _ = await enrolled(bench, "nadia")
        assert (await other.gives(await critical(bench), recovery[0])).wrong is not None
        assert await bench.sql("SELECT count(*) FROM pmbot.recovery_codes WHERE used IS NOT NULL") == [(0,)]


class TestApps:
    async def test_one_that_was_never_confirmed_proves_nothing_and_is_forgotten(self, bench: Bench) -> None:
        phone = await begun(bench, "security")
        assert (await confirmed(bench, phone, "000000")).wrong is not None
        asked = await critical(bench)
        assert (await phone.gives(asked, await phone.code())).wrong is not None
        with pytest.raises(NoCodeApp):
            await bench.decide("security", asked)
        assert await step_up.forget_abandoned(bench.core) == 0
        await bench.sql("UPDATE pmbot.code_apps SET begun = now() - interval '1 hour', picture = 'F1'")
        assert await step_up.forget_abandoned(bench.core) == 1
        jobs = "SELECT args->>'file_id' FROM pmbot.procrastinate_jobs WHERE task_name = 'forget_picture'"
        assert await bench.sql(jobs) == [("F1",)]

    async def test_a_second_one_takes_two_others(self, bench: Bench) -> None:
        """Nobody asks for their own; one asks, another approves, with a code."""
        phone, recovery = await enrolled(bench)
        with pytest.raises(NothingToDo):
            await begun(bench, "security")
        with pytest.raises(NotPermitted, match="You cannot reset your own authenticator app"):
            await bench.ask("security", "staff.reset_step_up", "security")
        asked = await bench.ask("nadia", "staff.reset_step_up", "security")
        others, _ = await enrolled(bench, "root")
        for name in ("nadia", "security"):
            with pytest.raises(Refused):
                await bench.decide(name, asked)
        await others.gives(asked, await others.code())
        assert (await bench.execute(await bench.decide("root", asked))).state == State.SUCCEEDED
        assert (
            await phone.gives(asked, recovery[0])
        ).wrong == "You have no authenticator app. Close this and type /pm step-up."
        told = "SELECT channel FROM pmbot.messages WHERE projection = 'step_up_reset'"
        assert await bench.sql(told) == [(slack_id("security"),)]
        await enrolled(bench)

    async def test_seeds_are_encrypted_and_encrypted_anew(self, bench: Bench) -> None:
        """After a rotation the old key can be left out."""
        phone, _ = await enrolled(bench)
        [(sealed,)] = await bench.sql("SELECT seed FROM pmbot.code_apps")
        assert phone.maker.secret.encode() not in bytes(sealed)
        newest = new_key()
        with pytest.raises(Misconfigured, match="not in PM_SECRET_KEY"):
            Vault(newest).open(bytes(sealed))
        async with bench.database.transaction() as session:
            assert await step_up.rotate(Vault(f"{newest}, {KEY}"), session) == 1
        [(again,)] = await bench.sql("SELECT seed FROM pmbot.code_apps")
        assert Vault(newest).open(bytes(again)) == phone.maker.secret

    def test_a_wrong_key_is_named_and_not_said(self) -> None:
        with pytest.raises(Misconfigured, match=r"^Key 2 of PM_SECRET_KEY is not valid\.") as refused:
            Vault(f"{new_key()},hunter2")
        assert "hunter2" not in str(refused.value)
