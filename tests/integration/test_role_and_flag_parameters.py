"""Roles, flags, whose they are and for how many: as typed, chosen or stored, against the demo's tables."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.flags.parameters import Percent, Values, Whom
from bot.actions.roles.remove_several import Staffers
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, Parameter
from bot.platform import staff
from bot.store.database import Database
from bot.targets.flag import FlagKey
from bot.targets.role import Roles, RolesHeld
from bot.targets.tenant import Tenants


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    database = Database(database_url)
    async with database.snapshot() as session:
        yield session
    await database.close()


def lookup(session: AsyncSession | None = None) -> Lookup:
    return Lookup(session, "T0", 300, "flag off", {"reason": "x"})  # type: ignore[arg-type]


async def refused(kind: type[Parameter], typed: str, session: AsyncSession | None = None) -> InvalidParameter:
    with pytest.raises(InvalidParameter) as error:
        await kind.resolve("it", typed, lookup(session))
    return error.value


def offered(error: InvalidParameter) -> list[str]:
    return [one.arguments["it"] for one in error.suggestions]


class TestRoles:
    @pytest.mark.parametrize(
        ("typed", "names"),
        [
            ("finance", ("finance",)),
            ("User manager", ("user_manager",)),
            ("user-manager", ("user_manager",)),
            ("finance, support", ("finance", "support")),
            ("finance and SUPPORT", ("finance", "support")),
            ("support,support , support", ("support",)),
        ],
    )
    async def test_one_or_several_however_they_are_spelled(self, session, typed: str, names: tuple[str, ...]) -> None:
        found = await Roles.resolve("it", typed, lookup(session))
        assert found.names == names
        assert await Roles.load(found.dump(), session) == found

    async def test_one_that_is_nearly_there(self, session) -> None:
        """Names it, and offers it with the rest kept."""
        error = await refused(Roles, "finanse", session)
        assert str(error) == "There is no role “finanse”. Did you mean finance?"
        assert error.suggestions[0].arguments == {"it": "finance", "reason": "x"}

    async def test_one_like_none_shows_all_of_them(self, session) -> None:
        error = await refused(Roles, "wizard", session)
        assert "There is no role “wizard”. The roles: admin, customer_success" in str(error)
        assert offered(error) == []

    async def test_all_is_a_role_to_take_and_none_to_give(self, session) -> None:
        taken = await RolesHeld.resolve("it", "ALL", lookup(session))
        assert taken.held_of({"finance", "qa"}) == {"finance", "qa"}
        assert await RolesHeld.load(taken.dump(), session) == taken
        assert "There is no role “all”" in str(await refused(Roles, "all", session))

    @pytest.mark.parametrize("typed", ["", "  ", "\x00"])
    async def test_none_is_asked_for(self, session, typed: str) -> None:
        with pytest.raises(MissingParameter, match="Say which role"):
            await Roles.resolve("it", typed, lookup(session))

    @pytest.mark.parametrize("typed", [",", " and ", ", ,"])
    async def test_nothing_between_commas_is_none(self, session, typed: str) -> None:
        with pytest.raises(InvalidParameter):
            await Roles.resolve("it", typed, lookup(session))

    async def test_a_type_ahead_offers_them(self, session) -> None:
        assert [one.value for one in await RolesHeld.matching("user m", session)] == ["user_manager"]
        assert "all" in [one.value for one in await RolesHeld.matching("al", session)]
        assert "all" not in [one.value for one in await Roles.matching("al", session)]


class TestFlagKey:
    @pytest.mark.parametrize("typed", ["ai-composer", "AI-Composer", "ai composer", "ai_composer"])
    async def test_however_it_is_spelled(self, session, typed: str) -> None:
        assert (await FlagKey.resolve("it", typed, lookup(session))).name == "ai-composer"

    async def test_one_that_is_nearly_there(self, session) -> None:
        error = await refused(FlagKey, "ai-compser", session)
        assert "There is no flag “ai-compser”. Did you mean ai-composer" in str(error)
        assert offered(error)[0] == "ai-composer"

    async def test_one_like_none(self, session) -> None:
        assert "/pm flags shows all flags" in str(await refused(FlagKey, "zzzz", session))

    async def test_a_word_that_was_left_out(self, session) -> None:
        assert "Did you mean “for acme”?" in str(await refused(FlagKey, "ai-composer acme", session))


class TestWhom:
    @pytest.mark.parametrize("typed", ["Acme Corp", "acme corp", "&lt;acme corp"[4:]])
    async def test_a_tenant(self, session, typed: str) -> None:
        found = await Whom.resolve("it", typed, lookup(session))
        assert (found.of, found.name, found.shown) == ("tenant", "Acme Corp", "Acme Corp")
        assert await Whom.load(found.dump(), session) == found

    @pytest.mark.parametrize("typed", ["everybody", "EVERYONE", "all"])
    async def test_everybody(self, session, typed: str) -> None:
        found = await Whom.resolve("it", typed, lookup(session))
        assert (found.of, found.id) == ("everybody", None)
        assert await Whom.load(found.dump(), session) == found

    @pytest.mark.parametrize("how", ["{}", "<mailto:{0}|{0}>", "<mailto:{}>"])
    async def test_a_user_by_address_also_as_slack_sends_it(self, session, sql, how: str) -> None:
        """Whose name and address are not for every channel."""
        [(address, user_id)] = sql(
            "SELECT email, id FROM users WHERE deleted IS NULL AND id NOT IN (SELECT user_id FROM staff_members)"
            " ORDER BY id LIMIT 1"
        )
        found = await Whom.resolve("it", how.format(address), lookup(session))
        assert (found.of, found.id, found.shown) == ("user", user_id, "a user")
        assert await Whom.load(found.dump(), session) == found

    async def test_a_member_of_staff_is_no_user(self, session) -> None:
        error = await refused(Whom, "staffer@penguinmails.example", session)
        assert "There is no user “staffer@penguinmails.example”" in str(error)

    async def test_nobody(self, session) -> None:
        assert "There is no user “no@body.example”" in str(await refused(Whom, "no@body.example", session))
        assert "Did you mean Acme Corp?" in str(await refused(Whom, "Acme Crop", session))


class TestTenants:
    async def test_several(self, session) -> None:
        found = await Tenants.resolve("it", "acme corp, Acme Labs and acme corp", lookup(session))
        assert found.shown == "Acme Corp, Acme Labs"
        assert await Tenants.load(found.dump(), session) == found

    async def test_too_many(self, session) -> None:
        assert "name at most 20 at once" in str(await refused(Tenants, "acme," * 21, session))


class TestPercent:
    @pytest.mark.parametrize(
        ("typed", "share"), [("0%", 0), ("100%", 100), ("25", 25), (" 25 % ", 25), ("007%", 7), ("1%", 1)]
    )
    async def test_a_whole_percentage(self, typed: str, share: int) -> None:
        found = await Percent.resolve("it", typed, lookup())
        assert (found.share, found.shown) == (share, f"{share}%")
        assert await Percent.load(found.dump(), None) == found  # type: ignore[arg-type]

    @pytest.mark.parametrize("typed", ["101%", "-1%", "half", "25%%", "٢٥%", "1e2", "1000%"])
    async def test_anything_else_is_none(self, typed: str) -> None:
        error = await refused(Percent, typed)
        assert str(error) == f"“{typed}” is not a percentage: type a whole number from 0% to 100%."
        assert offered(error) == []

    @pytest.mark.parametrize("typed", ["12.5%", "12,5"])
    async def test_half_a_percent_offers_both_sides(self, typed: str) -> None:
        assert offered(await refused(Percent, typed)) == ["12%", "13%"]

    async def test_nothing_is_asked_for(self) -> None:
        with pytest.raises(MissingParameter):
            await Percent.resolve("it", " ", lookup())


async def test_values_are_not_for_typing() -> None:
    """Only a change's own card takes it back."""
    assert "You can't type this" in str(await refused(Values, '{"was": {}, "left": {}}'))


class TestStaffers:
    """Whose role is removed: by name, or by what they have in common."""

    @pytest.mark.parametrize(
        ("typed", "condition"),
        [
            ("role=support", "r.name = 'support'"),
            ("where role=support", "r.name = 'support'"),
            ('role="User manager"', "r.name = 'user_manager'"),
            ("role=super-admin status=active", "r.name = 'super_admin' AND u.status = 'active'"),
        ],
    )
    async def test_by_what_they_have_in_common(self, session, sql, typed: str, condition: str) -> None:
        held = f"""
            SELECT DISTINCT u.id FROM users u JOIN staff_member_roles m ON m.user_id = u.id
            JOIN staff_roles r ON r.id = m.role_id
            WHERE {condition} AND (m.expires IS NULL OR m.expires > now())
        """
        found = await Staffers.resolve("it", typed, lookup(session))
        assert {one.id for one in found.found} == {one for (one,) in sql(held)}
        assert await Staffers.load(found.dump(), session) == found

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("role=suport", "There is no role “suport”. Did you mean support?"),
            ("rolle=support", "There is no field “rolle”. Did you mean role?"),
            ("role=support status=deleted", "No staff member matches “role=support status=deleted”"),
            ("role>support", "role cannot be compared with < or >"),
        ],
    )
    async def test_what_cannot_be_meant_is_said(self, session, typed: str, said: str) -> None:
        assert said in str(await refused(Staffers, typed, session))

    async def test_too_many_are_none(self, session, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each is a step of its own on the card."""
        monkeypatch.setattr(Staffers, "most", 3)
        many = f"These are {len(await staff.everybody(session))} staff members. Nothing was done: choose at most 3"
        assert many in str(await refused(Staffers, "status!=deleted", session))
