"""Other words that people use for a command: one table, which help shows; and politeness, which says nothing."""

import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

# What each verb is also called. A word may stand under several: what follows it says which is meant, or the person is
# asked. One that begins with a verb means that verb.
ALSO: dict[str, tuple[str, ...]] = {
    "help": ("list", "commands", "menu", "usage"),
    "who": ("who is", "whois", "look up", "lookup", "show"),
    "user": ("customer", "account", "show user"),
    "slo": ("slos", "objectives", "error budget", "uptime"),
    "user suspend": ("block user", "ban user", "lock user"),
    "user suspend where": ("block users", "ban users", "lock users"),
    "tenant pause where": ("stop tenants",),
    "tenant policy where": ("set policies",),
    "tenant settings where": ("set tenant settings",),
    "tenant notice where": ("notify tenants", "mail tenants"),
    "users invite": ("invite people",),
    "roles remove": ("take roles",),
    "limit where": ("set limits", "raise limits"),
    "campaign pause where": ("stop campaigns",),
    "mailbox pause where": ("stop mailboxes",),
    "retry where": ("rerun jobs", "requeue jobs"),
    "delete jobs where": ("remove jobs", "drop jobs"),
    "prioritise where": ("prioritize jobs", "expedite jobs"),
    "flags off": ("switch flags off",),
    "flags on": ("switch flags on",),
    "user reinstate where": ("unblock users", "unban users"),
    "user revoke where": ("sign out users", "log out users"),
    "user role where": ("move users", "change roles"),
    "user reset-password where": ("reset passwords",),
    "user reinstate": ("unblock user", "unban user", "unlock user"),
    "user revoke": ("sign out user", "log out user"),
    "user invite": ("invite",),
    "user reset-password": ("reset password", "forgot password"),
    "user role": ("change role",),
    "view-as": ("view as", "impersonate", "see as"),
    "user audit": ("sign-ins", "login history"),
    "find": ("search", "search for", "look for", "where is"),
    "my access": ("whoami", "my roles", "my permissions"),
    "revoke": ("sign out", "signout", "log out", "logout", "log off", "logoff", "kick", "kick out"),
    "lockdown": ("lock down", "contain", "isolate"),
    "offboard": ("off board", "let go", "terminate"),
    "onboard": ("on board", "make staff", "hire"),
    "verify": ("check access", "verify access"),
    "activity": ("look into", "investigate", "history of"),
    "suspend": ("lock", "lock out", "block", "ban", "disable", "freeze"),
    "reinstate": ("unlock", "unblock", "unsuspend", "unban", "reactivate", "enable", "unfreeze"),
    "roles": ("list roles", "show roles"),
    "role add": ("give", "grant", "assign"),
    "request": ("request access", "lend me", "get access"),
    "role remove": ("take", "take away", "unassign"),
    "pause": ("stop", "halt", "hold", "freeze", "block"),
    "resume": ("unpause", "continue", "restart", "unblock", "unfreeze"),
    "incident": ("declare incident", "new incident", "open incident", "outage"),
    "incidents": ("list incidents", "show incidents"),
    "incident show": ("show incident",),
    "incident lead": ("lead incident",),
    "incident update": ("post update", "update incident"),
    "incident resolve": ("resolve incident", "close incident"),
    "incident reopen": ("reopen incident",),
    "incident review": ("review incident", "postmortem", "post-mortem", "retrospective"),
    "incident merge": ("merge incident", "merge incidents"),
    "queues": ("show queues", "backlog"),
    "queue": ("show queue",),
    "jobs failed": ("failed jobs", "list failed", "show failed"),
    "job": ("show job",),
    "spam": ("spam check", "is it spam", "abuse"),
    "retry": ("try again", "rerun", "requeue"),
    "prioritise": ("prioritize", "expedite"),
    "delete job": ("remove job", "drop job"),
    "clear failed": ("delete failed", "purge failed"),
    "workspace": ("show workspace",),
    "campaign": ("show campaign",),
    "campaign pause": ("stop campaign",),
    "mailbox": ("show mailbox",),
    "mailbox pause": ("stop mailbox",),
    "ip": ("show ip",),
    "ip quarantine": ("quarantine", "quarantine ip"),
    "ip return": ("return ip", "release ip"),
    "domain check": ("check domain", "dns"),
    "flag": ("show flag", "show"),
    "flags": ("list flags", "show flags", "features"),
    "flag on": ("turn on", "switch on", "enable"),
    "flag off": ("turn off", "switch off", "disable"),
    "flag rollout": ("rollout", "roll out"),
    "holds": ("list holds", "show holds", "pauses", "list pauses", "show pauses"),
    "withdraw": ("cancel", "take back"),
    "step-up": ("stepup", "code app", "authenticator", "two factor", "2fa"),
    "step-up reset": ("stepup reset", "lost phone", "reset code app", "reset authenticator"),
    "reviews": ("list reviews", "show reviews", "overrides", "emergency overrides"),
    "extend": ("prolong", "lengthen"),
    "end": ("finish", "lift"),
    "billing": ("invoices", "payments", "subscription", "show"),
    "readonly on": ("read-only on", "read only on", "stop changes", "freeze changes"),
    "readonly off": ("read-only off", "read only off", "allow changes", "unfreeze changes"),
    "digest": ("report", "summary"),
    "integrity": ("orphans", "leftovers", "check data", "data check"),
    "conflicts": ("contradictions", "clashes"),
    "user export": ("export", "export user", "data export"),
    "user erase": ("erase", "erase user", "forget", "delete user", "gdpr"),
    "tenant": ("customer", "account", "organisation", "organization", "show"),
    "tenant notice": ("notice", "notify tenant", "notify admins", "tell admins", "mail tenant", "mail admins"),
    "tenant approve": ("approve tenant", "approve customer"),
    "tenant reject": ("reject tenant", "reject customer"),
    "limit": ("raise limit", "quota", "set limit"),
    "comp": ("complimentary", "for free", "free of charge"),
    "plan override": ("override plan",),
    "sandbox create": ("create sandbox", "new sandbox", "make sandbox"),
    "drift": ("what changed", "config drift"),
    "settings": ("list settings", "show settings", "config", "configuration"),
    "setting": ("show setting",),
    "setting set": ("set", "change setting", "set setting"),
    "setting roll back": ("roll back", "rollback", "revert"),
    "setting promote": ("promote",),
    "setting stage": ("stage",),
    "tenants": ("customers", "accounts", "list tenants", "show tenants"),
}
POLITE = re.compile(
    r"(?:please|pls|plz|kindly|hi|hello|hey|(?:can|could|would|will)\s+you|i\s+(?:want|need|would\s+like)\s+to)"
    r"(?=[\s,:!]|$)[\s,:!]*",
    re.IGNORECASE,
)
THANKS = re.compile(r"[\s,]+(?:please|pls|plz|thanks|thank\s+you)[\s.!]*$", re.IGNORECASE)
BECAUSE = re.compile(r"\bbecause\b", re.IGNORECASE)
APART = ("out", "off", "on", "away")  # `sign @staffer out`, `turn ai-composer off`
MOST_WORDS = 3


def without_politeness(text: str) -> str:
    """What somebody in a hurry would have typed. A reason is left as it is."""
    text = text.lstrip()
    while found := POLITE.match(text):
        text = text[found.end() :]
    return text if BECAUSE.search(text) else THANKS.sub("", text)


def verbs_for(verbs: Collection[str]) -> Mapping[str, list[str]]:
    """Which of these verbs each other word stands for."""
    return _stand_for(frozenset(verbs))


@functools.lru_cache(maxsize=8)  # a process knows one set of verbs, or that of few people
def _stand_for(verbs: frozenset[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for verb, words in ALSO.items():
        for word in words if verb in verbs else ():
            found.setdefault(word, []).append(verb)
    return found


def beginnings(text: str, *, at_least: int = 1) -> Iterator[tuple[str, str]]:
    """The first words of a text, most words first, each with what follows; two that stand apart count as two."""
    words = list(re.finditer(r"\S+", text))
    for number in range(min(MOST_WORDS, len(words)), 0, -1):
        if number == 1:
            yield from _apart(words, text)
        if number >= at_least:
            yield " ".join(word.group().lower() for word in words[:number]), text[words[number - 1].end() :].strip()


def _apart(words: Sequence[re.Match[str]], text: str) -> Iterator[tuple[str, str]]:
    """`sign @staffer out because …` as `sign out` and `@staffer because …`."""
    for word in words[2:]:
        said = word.group().lower().rstrip(",")
        if BECAUSE.fullmatch(said):
            return
        if said in APART:
            between = text[words[0].end() : word.start()].strip()
            yield f"{words[0].group().lower()} {said}", f"{between} {text[word.end() :].strip()}"
            return
