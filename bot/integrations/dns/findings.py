"""What DNS records mean for the mails of a domain, in words, with what to do: pure, over the records alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.integrations.dns.records import Records

MOST_LOOKUPS = 10  # that a mail server makes for one SPF record (RFC 7208, 4.6.4)
LOOKUPS = re.compile(r"^[+?~-]?(?:include:|a\b|mx\b|ptr\b|exists:|redirect=)", re.IGNORECASE)
Level = Literal["good", "weak", "bad", "not known"]


@dataclass(frozen=True)
class Finding:
    """One of the four, and what somebody should do about it; empty: nothing."""

    about: str
    level: Level
    said: str
    todo: str = ""


def judge(found: Records) -> list[Finding]:
    """SPF, DKIM, DMARC and MX, each once."""
    return [_spf(found), _dkim(found), _dmarc(found), _mx(found)]


def worst(findings: list[Finding]) -> Level:
    """What the whole comes to."""
    order: tuple[Level, ...] = ("bad", "not known", "weak", "good")
    return next(level for level in order if any(one.level == level for one in findings))


def _silent(about: str) -> Finding:
    return Finding(about, "not known", "no name server answered", "Try again in a minute.")


def _spf(found: Records) -> Finding:
    if found.spf is None:
        return _silent("SPF")
    if not found.spf:
        return Finding("SPF", "bad", "no record", "Publish a TXT record at the domain: v=spf1 include:… -all")
    if len(found.spf) > 1:
        todo = "Join them into one record: if there are several, mail servers trust none of them."
        return Finding("SPF", "bad", f"{len(found.spf)} records", todo)
    return _spf_of(found.spf[0].split()[1:])


def _spf_of(terms: list[str]) -> Finding:
    lookups = sum(bool(LOOKUPS.match(one)) for one in terms)
    if lookups > MOST_LOOKUPS:
        return Finding("SPF", "bad", f"{lookups} look-ups, 10 are allowed", "Remove the includes that are not needed.")
    last = next((one.lower() for one in terms if one.lower().endswith("all")), "")
    if last in ("all", "+all"):
        return Finding("SPF", "bad", f"ends with {last}: anybody may send as this domain", "End it with -all or ~all.")
    if last == "?all" or not (last or any(one.lower().startswith("redirect=") for one in terms)):
        return Finding(
            "SPF", "weak", "does not say what to do with mail from other servers", "End it with -all or ~all."
        )
    return Finding("SPF", "good", f"one record, ends with {last or 'a redirect'}")


def _tags(record: str) -> dict[str, str]:
    parts = (one.partition("=") for one in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in parts}


def _dkim(found: Records) -> Finding:
    if found.dkim is None:
        return _silent("DKIM")
    where = f"{found.selector}._domainkey"
    keys = [tags for one in found.dkim if "p" in (tags := _tags(one))]
    if not keys:
        todo = f"Publish the key that the platform shows for this domain at {where}."
        return Finding("DKIM", "bad", f"no key at {where}", todo)
    if not any(one["p"] for one in keys):
        return Finding("DKIM", "bad", "the key is revoked", f"Publish the domain's current key at {where}.")
    if any("y" in one.get("t", "").split(":") for one in keys):
        return Finding("DKIM", "weak", "the key is marked as a test", f"Remove t=y at {where}.")
    return Finding("DKIM", "good", f"a key at {where}")


def _dmarc(found: Records) -> Finding:
    if found.dmarc is None:
        return _silent("DMARC")
    where = f"_dmarc.{found.dmarc_at}"
    if not found.dmarc:
        return Finding("DMARC", "bad", "no record", f"Publish a TXT record at {where}: v=DMARC1; p=none; rua=mailto:…")
    if len(found.dmarc) > 1:
        does = f"Keep only one record at {where}: mail servers use none of them if there are several."
        return Finding("DMARC", "bad", f"{len(found.dmarc)} records", does)
    return _dmarc_of(_tags(found.dmarc[0]), where)


def _dmarc_of(tags: dict[str, str], where: str) -> Finding:
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return Finding("DMARC", "bad", "no valid policy", f"Say p=none, p=quarantine or p=reject at {where}.")
    if policy == "none":
        return Finding(
            "DMARC",
            "weak",
            "p=none: forged mails are delivered",
            "When the reports show no problem, set p=quarantine.",
        )
    if tags.get("pct", "100") != "100":
        return Finding(
            "DMARC",
            "weak",
            f"p={policy} for {tags['pct']}% of mails",
            "When the reports show no problem, set pct=100.",
        )
    return Finding("DMARC", "good", f"p={policy}")


def _mx(found: Records) -> Finding:
    if found.mx is None:
        return _silent("MX")
    if not found.mx or found.mx == (".",):
        todo = "Publish an MX record, so that bounces and answers arrive."
        return Finding("MX", "bad", "no server accepts mail for this domain", todo)
    return Finding("MX", "good", f"mail goes to {found.mx[0]}")


def as_lines(findings: list[Finding]) -> Iterator[dict[str, str]]:
    """For a template."""
    for one in findings:
        yield {"about": one.about, "level": one.level, "said": one.said, "todo": one.todo}
