"""Customers' accounts: found by address and name, looked at, and what each role sees of them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.actions.base import Action
from bot.actions.users.audit import AuditUser
from bot.actions.users.invite import Address, Invite
from bot.actions.users.roles import ChangeUserRole, TenantRoles
from bot.actions.users.show import ShowUser
from bot.actions.users.view_as import ViewAs
from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import InvalidParameter, NothingToDo, Refused
from bot.parameters.base import Lookup, Reason
from bot.store.database import Database
from bot.targets.tenant import Tenant
from bot.targets.user import User
from tests.conftest import OPS, asked, card, until, whispers
from tests.integration.test_roles import approved, taken_back

KOFI = "kofi.castano@acme-corp.example"
KOFI_ID = uid("user", KOFI)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def shown(database: Database, kind: type[Action], clearance: Clearance = Clearance.FULL) -> str:
    """What somebody reads of Kofi."""
    async with database.snapshot() as session:
        action = kind(user=await User.load(KOFI_ID, session), tenant=None)
        impact = await action.preview(session)
    drawn = Renderer().message(f"actions/{kind.name}.j2", clearance, impact=impact, next_buttons=[], **impact.context)
    return str(drawn["text"]).replace("\u2060", "")


async def meant(database: Database, typed: str) -> str:
    """Whom a text means, or what is said of it with its buttons, as somebody who may see no personal data reads it."""
    async with database.snapshot() as session:
        lookup = Lookup(session, "T0PENGUIN", 300, "user", {"user": typed})
        try:
            return (await User.resolve("user", typed, lookup)).email
        except InvalidParameter as error:
            return " ".join([str(error), *(one.label for one in error.suggestions)])


class TestFinding:
    @pytest.mark.parametrize("typed", [KOFI, f" {KOFI.upper()}", str(KOFI_ID), f"<mailto:{KOFI}|{KOFI}>"])
    async def test_by_address_and_id(self, database: Database, typed: str) -> None:
        assert await meant(database, typed) == KOFI

    async def test_a_whole_name_that_one_has(self, database: Database, sql) -> None:
        sql("UPDATE users SET name = 'Zoë Quartermain' WHERE id = %s", KOFI_ID)
        assert await meant(database, "zoë quartermain") == KOFI
        assert "There is no user “zoë”" in await meant(database, "zoë")

    async def test_a_name_that_several_have_is_asked_about(self, database: Database, sql) -> None:
        """By what tells them apart, and by no address that the asker may not see."""
        sql("UPDATE users SET name = 'Zoë Quartermain' WHERE id IN (SELECT user_id FROM tenant_users LIMIT 6)")
        said = await meant(database, "Zoë Quartermain")
        assert "6 users match “Zoë Quartermain”. Which one? These are the first 5; type the address of another." in said
        assert " of " in said
        assert "@" not in said

    async def test_a_slip_is_answered(self, database: Database) -> None:
        said = await meant(database, KOFI.replace("example", "exmaple"))
        assert "Did you mean •••?" in said
        assert "or search: /pm find" in await meant(database, "nobody@nowhere.example")


class TestShowing:
    async def test_how_the_account_stands(self, database: Database, sql) -> None:
        sql("UPDATE users SET status = 'suspended', status_reason = 'spam' WHERE id = %s", KOFI_ID)
        sql("INSERT INTO user_feature_flags (user_id, flag_key, enabled) VALUES (%s, 'ai-composer', true)", KOFI_ID)
        sql("DELETE FROM login_events WHERE user_id = %s", KOFI_ID)
        sql(
            "INSERT INTO login_events (user_id, email, succeeded, ip, at) VALUES (%s, %s, true, '203.0.113.9', now())",
            KOFI_ID,
            KOFI,
        )
        said = await shown(database, ShowUser)
        for part in (
            f"User {KOFI}",
            "Name   Kofi Castaño",
            "Status   suspended: spam",
            "Belongs to   owner of Acme Corp",
            "from 203.0.113.9",
            "Two-factor   required by Acme Corp",
            "Own flag   ai-composer on",
            "Temporary   nothing",
        ):
            assert part in said

    async def test_who_may_see_no_personal_data_reads_none(self, database: Database) -> None:
        said = await shown(database, ShowUser, Clearance.NONE)
        assert "User k•••@acme-corp.example" in said
        assert "owner of Acme Corp" in said
        assert not [one for one in ("Castaño", "castano") if one in said]


class TestAudit:
    async def test_oddities_first_then_what_staff_did(self, database: Database, sql) -> None:
        sql("DELETE FROM login_events WHERE user_id = %s", KOFI_ID)
        for ip, hours in (("203.0.113.9", 9), ("203.0.113.9", 5), ("198.51.100.4", 1)):
            sql(
                "INSERT INTO login_events (user_id, email, succeeded, ip, at)"
                " VALUES (%s, %s, true, %s, now() - make_interval(hours => %s))",
                KOFI_ID,
                KOFI,
                ip,
                hours,
            )
        root = uid("user", "root@penguinmails.example")
        sql(
            "INSERT INTO admin_audit_log (admin_user_id, action, resource_type, resource_id)"
            " VALUES (%s, 'user.show', 'user', %s), (%s, 'exported_by_hand', 'users', %s)",
            root,
            str(KOFI_ID),
            root,
            str(KOFI_ID),
        )
        sql(
            "INSERT INTO pmbot.audit_log (kind, actor_id, action, target, facts, commitment)"
            " VALUES ('looked', %s, 'user.show', %s, '{}', '')",
            root,
            f"user:{KOFI_ID}",
        )
        said = await shown(database, AuditUser)
        assert "Unusual   signed in from a new network" in said
        assert said.index("from 198.51.100.4") < said.index("Sign-ins")
        for part in ("look up a user", "exported by hand", "looked"):
            assert part in said.partition("By staff")[2]

    async def test_of_whom_nothing_is_on_record(self, database: Database, sql) -> None:
        sql("DELETE FROM login_events WHERE user_id = %s", KOFI_ID)
        said = await shown(database, AuditUser, Clearance.NONE)
        assert "no sign-in is on record" in said
        assert "castano" not in said


class TestViewing:
    async def test_what_they_have_by_the_rule_that_decides(self, database: Database, sql) -> None:
        sql("INSERT INTO user_feature_flags (user_id, flag_key, enabled) VALUES (%s, 'ai-composer', false)", KOFI_ID)
        sql("DELETE FROM jobs WHERE tenant_id = %s", uid("tenant", "acme-corp"))
        sql(
            "INSERT INTO jobs (queue_name, tenant_id) SELECT 'email-sending', %s FROM generate_series(1, 3)",
            uid("tenant", "acme-corp"),
        )
        sql("INSERT INTO queue_pauses (queue_name, tenant_id) VALUES (NULL, %s)", uid("tenant", "acme-corp"))
        said = await shown(database, ViewAs)
        for part in (
            f"What {KOFI} sees in Acme Corp",
            "Subscription   Scale, active",
            "ai-composer (user override)",
            "email-sending · 3 jobs waiting · paused",
            "Domains   ",
            "Nothing was done in the user's name.",
        ):
            assert part in said
        assert "ai-composer" in said.partition("Flags off")[2].partition("\n")[0]

    async def test_in_a_tenant_that_is_not_theirs_there_is_nothing_to_see(self, database: Database) -> None:
        async with database.snapshot() as session:
            [labs] = await Tenant.find(session, "Acme Labs")
            action = ViewAs(user=await User.load(KOFI_ID, session), tenant=labs)
            with pytest.raises(InvalidParameter, match="belongs to Acme Corp, not to Acme Labs"):
                await action.preview(session)


class TestSuspending:
    """Through the whole bot and the platform's own door."""

    async def test_by_the_short_command_for_a_time_and_refused_at_the_door(self, bot_world: World, sql) -> None:
        """`suspend` is the colleagues' unless it is a customer who is called so; ended early by whoever set it."""
        async with httpx.AsyncClient(trust_env=False, base_url=bot_world.platform_url) as platform:
            token = (await platform.post("/app/login", json={"email": KOFI})).json()["token"]
            inside = {"Authorization": f"Bearer {token}"}
            assert (await platform.get("/app/me", headers=inside)).json()["tenants"].popitem()[1] == ["owner"]
            assert (await platform.get("/dashboard/users", headers=inside)).status_code == 401
            await asked(bot_world, f"/pm suspend {KOFI} for 2h because stolen password", "security")
            shown = card(bot_world)["text"]
            for part in ("Suspend k•••@acme-corp.example for 2 h", "the only owner of Acme Corp"):
                assert part in shown
            assert KOFI not in shown
            done = await approved(bot_world, "security")
            assert "the platform has refused the account since" in done["text"]
            assert (await platform.get("/app/me", headers=inside)).status_code == 401
            assert (await platform.post("/app/login", json={"email": KOFI})).status_code == 403
            await taken_back(bot_world, done, "security", "root")
            assert (await platform.post("/app/login", json={"email": KOFI})).status_code == 200
        assert sql("SELECT count(*) FROM login_events WHERE user_id = %s AND NOT succeeded", KOFI_ID) == [(1,)]

    async def test_the_last_owner_stays(self, database: Database) -> None:
        """And whoever asks is told what to do first."""
        async with database.snapshot() as session:
            action = ChangeUserRole(
                user=await User.load(KOFI_ID, session),
                roles=TenantRoles(("member",)),
                tenant=None,
                reason=Reason("x"),
            )
            with pytest.raises(Refused, match="last owner of Acme Corp") as refused:
                await action.preview(session)
        assert refused.value.commands[0].startswith("user role ")


class TestInviting:
    @pytest.mark.parametrize(
        "typed", ["", "jo", "jo@", "@acme.example", "jo@acme", "a b@acme.example", "jo@acme.example,x"]
    )
    async def test_what_is_no_address_is_refused(self, database: Database, typed: str) -> None:
        async with database.snapshot() as session:
            with pytest.raises(InvalidParameter):
                await Address.resolve("address", typed, Lookup(session, "T0PENGUIN", 300, "user invite", {}))

    async def test_whoever_belongs_or_is_invited_is_not_invited_again(self, database: Database, sql) -> None:
        async with database.transaction() as session:
            acme = await Tenant.load(uid("tenant", "acme-corp"), session)
            for address, said in ((KOFI, "belongs to Acme Corp already"), ("JO@new.example", "has an open invitation")):
                sql(
                    "INSERT INTO tenant_invitations (tenant_id, email) VALUES (%s, 'jo@new.example')"
                    " ON CONFLICT DO NOTHING",
                    acme.id,
                )
                action = Invite(address=Address(address), tenant=acme, roles=None, reason=Reason("x"))
                with pytest.raises(NothingToDo, match=said):
                    await action.preview(session)

    async def test_the_mailbox_of_the_demo_accepts_and_the_account_is_there(self, bot_world: World) -> None:
        """An invitation counts once, and what was taken back counts no more."""
        await asked(bot_world, "/pm user invite jo@new.example to Acme Corp as admin because new colleague", "root")
        await approved(bot_world, "root")
        await until(lambda: bot_world.mailbox.letters)
        async with httpx.AsyncClient(trust_env=False, base_url=bot_world.mailbox.page, follow_redirects=True) as page:
            assert "Create the account, as they would" in (await page.get("/")).text
            for _ in range(2):
                assert "They have created their account." in (await page.post("/letters/0/join")).text
        assert not await bot_world.mailbox.joins("jo@new.example")
        async with httpx.AsyncClient(trust_env=False, base_url=bot_world.platform_url) as platform:
            came = await platform.post("/app/login", json={"email": "jo@new.example"})
            inside = {"Authorization": f"Bearer {came.json()['token']}"}
            assert list((await platform.get("/app/me", headers=inside)).json()["tenants"].values()) == [["admin"]]
        await bot_world.slack.command(slack_id("support"), OPS, "/pm user jo@new.example")
        await until(lambda: any("Acme Corp" in one and "active" in one for one in whispers(bot_world, "support")))
