"""What may be said of queues, jobs and spam, of campaigns, mailboxes, addresses, domains and workspaces."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from tests.unit.templates.answers import SEVERAL, listing
from tests.unit.templates.proposals import MADE_OF, on_queues, said
from tests.unit.templates.typed import COUNTS, IDS, NAMES, SECONDS, WORDS, facts, listed, maybe

CAUSE = st.fixed_dictionaries({"error": NAMES, "number": COUNTS, "last": SECONDS})
LISTED = st.fixed_dictionaries(
    {"id": WORDS, "tenant": NAMES, "attempts": NAMES, "failed": maybe(SECONDS), "error": NAMES}
)
LINE = st.fixed_dictionaries(
    {"at": SECONDS, "status": WORDS, "attempt": st.sampled_from([0, 1, 3]), "said": st.one_of(st.just(""), NAMES)}
)
FINDING = st.fixed_dictionaries({"about": WORDS, "level": WORDS, "said": NAMES, "todo": st.one_of(st.just(""), NAMES)})
listing(
    "actions/deliverability.check_domain.j2",
    "Domain",
    domain=st.fixed_dictionaries({"name": NAMES}),
    level=WORDS,
    findings=listed(FINDING, SEVERAL),
)
for sender in ("campaign", "mailbox", "ip"):
    listing(f"actions/deliverability.{sender}.j2", "", of=listed(said(), st.sampled_from([1, 3])))
listing("actions/tenant.workspace.j2", "Workspace", workspace=st.fixed_dictionaries({"name": NAMES}))
COLOURS = st.fixed_dictionaries({"red": COUNTS, "yellow": COUNTS, "green": COUNTS})
listing("actions/queue.list.j2", "Queues", colours=COLOURS, further=COUNTS)
listing("actions/queue.show.j2", "Queue", queue=WORDS, causes=listed(CAUSE))
listing(
    "actions/queue.failed.j2",
    "Failed jobs in",
    queue=WORDS,
    total=COUNTS,
    looked_at=COUNTS,
    further=COUNTS,
    jobs=listed(LISTED),
)
SAMPLE = st.fixed_dictionaries(
    {"subject": NAMES, "number": COUNTS, "where": NAMES, "ends": st.one_of(st.just(""), NAMES)}
)
listing(
    "actions/tenant.spam.j2",
    "Mails of",
    tenant=st.fixed_dictionaries({"name": NAMES}),
    verdict=st.sampled_from(["likely spam", "nothing unusual"]),
    samples=listed(SAMPLE),
)
listing("actions/queue.job.j2", "Job", job=WORDS, whole=WORDS, lines=listed(LINE))


def on_jobs(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    jobs = draw(st.sampled_from(["job c8e75d0b", "1 failed job", "50,000 failed jobs", "x" * 300]))
    impact = Impact(
        facts=(fact("Jobs", jobs, bound=True), fact("Now", draw(NAMES)), *draw(listed(facts()))),
        context={"jobs": jobs, "queue": draw(NAMES), "priority": draw(st.sampled_from(["high (25)", "low (1000)"]))},
    )
    return impact, {"done": draw(COUNTS), "skipped": draw(COUNTS)}


def on_senders(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    of = draw(listed(said(), st.sampled_from([1, 3])))
    impact = Impact(
        facts=(fact("Campaign", draw(NAMES), bound=True), fact("Now", draw(NAMES)), *draw(listed(facts()))),
        context={"of": of, "lasts": draw(maybe(st.just("for 2 h")))},
    )
    return impact, {"hold": str(draw(IDS)), "status": draw(NAMES)}


MADE_OF |= {"queue.": on_jobs, "queue.pause": on_queues, "queue.resume": on_queues, "deliverability.": on_senders}
