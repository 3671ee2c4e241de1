"""`pm policy check`: with the staff as it is, can every command be decided by somebody besides asker and target?"""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot import actions, doctor, policy
from bot.actions.registry import discover
from bot.demo import world
from bot.demo.data import STAFF
from bot.policy import Policy, Risk
from tests.integration.command_line import pm

TEAM = world.workspace().team_id
IDS = {one.local_part: one.id for one in STAFF}
ONE, TWO = (f"nobody can decide: {people} needed with the role" for people in ("1 person is", "2 people are"))
ASKER = ", not counting the person who asks"
BOTH = f"{ASKER} and the person it is about"
Check = Callable[..., Awaitable[dict[str, tuple[str, ...]]]]


@pytest.fixture
def check(database_url: str) -> Check:
    """The problems of every command, none where it can always be decided."""

    async def problems(rules: Policy | None = None) -> dict[str, tuple[str, ...]]:
        found = await doctor.roster(database_url, TEAM, rules or policy.load())
        return {one.command: one.problems for one in found}

    return problems


@pytest.fixture
def only(sql) -> Callable[..., None]:
    """Leave nobody in the staff but these, each with these roles."""

    def leave(**people: tuple[str, ...]) -> None:
        sql("UPDATE staff_members SET is_active = false")
        sql("DELETE FROM staff_member_roles")
        for local_part, roles in people.items():
            sql("UPDATE staff_members SET is_active = true WHERE user_id = %s", IDS[local_part])
            give(sql, local_part, *roles)

    return leave


def give(sql, local_part: str, *roles: str) -> None:
    sql(
        "INSERT INTO staff_member_roles (user_id, role_id) SELECT %s, id FROM staff_roles WHERE name = ANY(%s)"
        " ON CONFLICT DO NOTHING",
        IDS[local_part],
        list(roles),
    )


async def test_every_command_that_changes_something_is_looked_at(check: Check) -> None:
    """Also what nobody types, as taking a change of a flag back."""
    found = await check()
    writing = [one for one in discover(actions).by_name.values() if one.risk is not Risk.READ]
    assert {one.verb for one in writing if one.verb} <= found.keys()
    assert {"flag put back", "staff end access"} <= found.keys()
    assert len(found) == len(writing)


async def test_the_demo_can_decide_everything_but_some_roles(check: Check) -> None:
    """It has one super admin, and giving a critical role takes two besides the asker."""
    stuck = {command: said for command, said in (await check()).items() if said}
    assert stuck.keys() == {"request", "role add", "role remove", "role set", "offboard", "onboard"}
    asking = "when Amara Okonkwo or Nadia El-Haddad asks for Ingrid Sørensen"
    assert stuck["role add"] == (
        f"finance: {asking}, {TWO} security or super admin{BOTH}, and there is 1",
        f"security and super_admin: {TWO} super admin{BOTH}, and there is 1 (Ingrid Sørensen)",
    )


async def test_four_super_admins_are_enough_for_anything(check: Check, sql) -> None:
    """One asks, it is about one, and two decide."""
    for one in ("oncall", "tomasz", "kofi"):
        give(sql, one, "super_admin")
    assert {command: said for command, said in (await check()).items() if said} == {}


async def test_two_people(check: Check, only) -> None:
    """Each can have the other's word; not where two are needed, nor about the other."""
    only(root=("super_admin",), security=("super_admin",))
    found = await check()
    assert found["suspend"] == found["pause"] == found["resume"] == found["flag on"] == ()
    nobody = f"{ONE} security or super admin{BOTH}"
    assert set(found["reinstate"]) == {
        f"when Amara Okonkwo asks for Ingrid Sørensen, {nobody}, and there is nobody",
        f"when Ingrid Sørensen asks for Amara Okonkwo, {nobody}, and there is nobody",
    }
    assert found["role add"][-1].endswith("there are 2 in all (Amara Okonkwo and Ingrid Sørensen)")


async def test_one_person(check: Check, only) -> None:
    """May contain and confirm alone; whatever takes a second person is named."""
    only(root=("super_admin",))
    found = await check()
    assert found["revoke"] == found["suspend"] == found["pause"] == found["flag allow"] == ()
    assert found["resume"] == (f"{ONE} operations or super admin{ASKER}, and there is 1 in all (Ingrid Sørensen)",)
    assert all(found[command] for command in ("reinstate", "flag on", "role add", "role set"))
    assert found["role remove"] == ()  # nobody else holds one, and one's own may be given up alone


async def test_nobody(check: Check, only) -> None:
    """What nobody can even ask for is no better."""
    only()
    assert set((await check()).values()) == {
        ("nobody can ask: no active staff member with a linked Slack account has a role that allows it",)
    }


async def test_a_role_that_nobody_holds(check: Check) -> None:
    """As soon as the policy leans on it alone."""
    rules = policy.load()
    ruled = rules.actions["queue.resume"].model_copy(update={"approvers": ("release_manager",)})
    found = await check(rules.model_copy(update={"actions": {**rules.actions, "queue.resume": ruled}}))
    assert found["resume"] == (f"{ONE} release manager{ASKER}, and there is nobody",)


async def test_no_role_that_may(check: Check) -> None:
    """A policy that forgets who decides is told so."""
    found = await check(policy.load().model_copy(update={"risks": {}}))
    assert found["reinstate"] == ("nobody can decide: the policy lets no role decide it, and there is nobody",)


async def test_who_left_decides_nothing(check: Check, sql) -> None:
    """A second super admin whose account is closed is none; their roles can still be taken only by others."""
    found = await check()
    assert any("Henrik Bjørnstad" in said for said in found["role remove"])
    sql("UPDATE users SET status = 'suspended' WHERE id IN (%s, %s)", IDS["root"], IDS["nadia"])
    found = await check()
    assert found["reinstate"] == (f"{ONE} security or super admin{BOTH}, and there is 1 in all (Amara Okonkwo)",)


async def test_who_has_no_slack_account_decides_nothing(check: Check, sql) -> None:
    """They could not click."""
    assert (await check())["resume"] == ()
    sql("DELETE FROM pmbot.staff_links WHERE staff_id IN (%s, %s)", IDS["root"], IDS["tomasz"])
    assert (await check())["resume"] == (
        f"{ONE} operations or super admin{ASKER}, and there is 1 in all (Óscar Peñalver)",
    )


async def test_a_critical_role_takes_two_besides_the_asker(check: Check, only) -> None:
    """Of the role itself for super admins; where the policy calls it ordinary, one is enough."""
    only(root=("super_admin",), security=("super_admin",), nadia=("super_admin",), oncall=("operations",))
    critical = [said for said in (await check())["role add"] if "security and super_admin" in said]
    assert len(critical) == 3  # each of them may ask for each other, and then one is left
    assert all("2 people are needed with the role super admin" in said for said in critical)
    rules = policy.load()
    ordinary = {name: rule.model_copy(update={"critical": False}) for name, rule in rules.roles.items()}
    found = (await check(rules.model_copy(update={"roles": ordinary})))["role add"]
    assert found == ()


async def test_an_open_hold_ends_as_its_inverse(check: Check, sql) -> None:
    """A role that is away comes back by whoever could give it: by its request, for as long as it is open."""
    sql(
        "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, starts)"
        " VALUES (gen_random_uuid(), 'role', 'x', %s, %s, 'x', now())",
        json.dumps({"staff": str(IDS["nadia"]), "given": [], "taken": ["security"]}),
        IDS["root"],
    )
    found = await check()
    assert found["end"] == (f"{TWO} super admin{BOTH}, and there is 1 (Ingrid Sørensen)",)
    assert found["extend"] == ()


class TestCommand:
    def test_it_names_what_cannot_be_decided_and_fails(self, database_url: str) -> None:
        """What can is one line."""
        done = pm("policy", "check", DATABASE_URL=database_url, SLACK_TEAM_ID=TEAM)
        assert done.returncode == 1, done.stdout
        first, *_, last = done.stdout.splitlines()
        assert {"end", "extend", "flag allow", "flag off"} <= set(first.removeprefix("ok: ").split(", "))
        assert "role add · security and super_admin: nobody can decide: 2 people are needed" in done.stdout
        assert re.fullmatch(r"Error: For 6 of \d+ commands, some requests have nobody who can decide\.", last)

    def test_it_succeeds_when_everything_can(self, database_url: str, sql) -> None:
        for one in ("oncall", "tomasz", "kofi"):
            give(sql, one, "super_admin")
        done = pm("policy", "check", DATABASE_URL=database_url, SLACK_TEAM_ID=TEAM)
        assert done.returncode == 0, done.stdout
        assert done.stdout.startswith("ok: ")

    def test_a_policy_that_cannot_be_read_is_named(self, database_url: str, tmp_path: Path) -> None:
        file = tmp_path / "policy.toml"
        file.write_text('[[exclusive]]\nrole = "qa"\nbecause = "x"\n')
        done = pm("policy", "check", DATABASE_URL=database_url, SLACK_TEAM_ID=TEAM, PM_POLICY=str(file))
        assert done.returncode == 1
        assert "exclusive.0.others: field required" in done.stdout
