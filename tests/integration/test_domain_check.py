"""`/pm domain check`: what a name server says, in words with what to do; nothing is made up where none answers."""

from collections.abc import AsyncIterator

import pytest

from bot.actions.deliverability.domain_check import CheckDomain
from bot.actions.outside import Outside
from bot.demo.nameserver import NameServer, Published, published
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import Misconfigured
from bot.integrations.dns import findings, records
from bot.integrations.dns.findings import Finding
from bot.integrations.dns.records import Resolver
from bot.store.database import Database
from bot.targets.domain import Domain

NAME = "mail.acme.example"
GOOD = published({NAME: {"spf": True, "dkim": True, "dmarc": True}})


async def found(zone: Published) -> dict[str, Finding]:
    async with NameServer(zone).serve() as address:
        return {one.about: one for one in findings.judge(await Resolver(address).records(NAME))}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_all_is_well() -> None:
    assert {one.level for one in (await found(GOOD)).values()} == {"good"}


async def test_nothing_is_published() -> None:
    """Each says what to publish, and where."""
    every = await found({})
    assert {one.level for one in every.values()} == {"bad"}
    assert "penguinmails._domainkey" in every["DKIM"].todo
    assert f"_dmarc.{NAME}" in every["DMARC"].todo


@pytest.mark.parametrize(
    ("kind", "name", "texts", "level", "said"),
    [
        ("SPF", NAME, ["v=spf1 -all", "v=spf1 ~all"], "bad", "2 records"),
        ("SPF", NAME, ["v=spf1 include:a.example +all"], "bad", "anybody may send"),
        ("SPF", NAME, ["v=spf1 ip4:192.0.2.1"], "weak", "mail from other servers"),
        ("SPF", NAME, ["v=spf1 redirect=a.example"], "good", "one record"),
        ("SPF", NAME, ["v=spf1 " + "".join(f"include:{n}.example " for n in range(11)) + "-all"], "bad", "11 look-ups"),
        ("SPF", NAME, ["some-verification=1", "v=spf1 mx ~all"], "good", "~all"),
        ("DKIM", f"penguinmails._domainkey.{NAME}", ["v=DKIM1; k=rsa; p="], "bad", "revoked"),
        ("DKIM", f"penguinmails._domainkey.{NAME}", ["v=DKIM1; t=y; p=MIG"], "weak", "test"),
        ("DMARC", f"_dmarc.{NAME}", ["v=DMARC1; p=none"], "weak", "forged mails"),
        ("DMARC", f"_dmarc.{NAME}", ["v=DMARC1; p=reject; pct=20"], "weak", "20%"),
        ("DMARC", f"_dmarc.{NAME}", ["v=DMARC1; rua=mailto:a@b.example"], "bad", "no valid policy"),
        ("DMARC", f"_dmarc.{NAME}", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "bad", "2 records"),
    ],
)
async def test_what_is_wrong_is_said(kind: str, name: str, texts: list[str], level: str, said: str) -> None:
    one = (await found({**GOOD, (name, "TXT"): [f'"{text}"' for text in texts]}))[kind]
    assert one.level == level
    assert said in one.said
    assert bool(one.todo) is (level != "good")


async def test_the_policy_of_the_domain_above_counts_where_there_is_none() -> None:
    """As mail servers read it."""
    zone = {key: value for key, value in GOOD.items() if not key[0].startswith("_dmarc")}
    one = (await found({**zone, ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=reject"']}))["DMARC"]
    assert (one.level, one.said) == ("good", "p=reject")


async def test_a_null_mx_takes_no_mail() -> None:
    assert (await found({**GOOD, (NAME, "MX"): ["0 ."]}))["MX"].level == "bad"


async def test_silence_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that there is nothing."""
    monkeypatch.setattr(records, "SECONDS", 0.2)
    server = NameServer(GOOD)
    server.silent = True
    async with server.serve() as address:
        judged = findings.judge(await Resolver(address).records(NAME))
    assert {one.level for one in judged} == {"not known"}
    assert findings.worst(judged) == "not known"


async def test_a_tenants_domain_is_shown_with_what_to_do(database: Database) -> None:
    async with NameServer({}).serve() as address, database.snapshot() as session:
        [domain] = await Domain.find(session, "acme-corp.example")
        action = CheckDomain(domain=domain)
        impact = await action.preview(session)
        heard = await action.asked(Outside(dns=Resolver(address)), impact)
    drawn = Renderer().message(
        "actions/deliverability.check_domain.j2",
        Clearance.NONE,
        impact=impact,
        next_buttons=[],
        **impact.context,
        **heard,
    )
    said = drawn["text"].replace("\u2060", "")
    assert "Domain acme-corp.example: bad" in said
    assert "SPF · bad: no record. Publish a TXT record at the domain" in said


def test_a_resolver_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="DNS_RESOLVER"):
        Resolver.of("nonsense:x")
