"""What becomes of each of the bot's own tables when a customer's person is erased.

Requests about the person lose all that was typed and shown, and keep who asked for what by ids. Why a person was erased
stays: that reason is refused where it names them. Two are erased in ways of their own: of the audit trail whole details
(`bot/audit/trail.py`), and what is on a screen (`bot/store/outbox.py`).
"""

from bot.erasure import Rows, blotted

ID = "ids of colleagues, channels and messages, on the platform and in Slack"
WORD = "one of a few fixed words"
AWAY = "a sentence of the bot that says which part of the platform cannot be reached"
STRIPES = "the organisation's numbers and states at Stripe"
_OF_A_CHARGE = ("id", "event", "charge", "payment_intent", "currency", "status")
HASH = "a hash, from which nothing can be read"
APART = "erased in a separate step"
COUNTED = "when a colleague asked for something"
SETTINGS = "how the platform is set, and which colleague agreed to it"
SHOWN = "names and numbers of what is measured, such as a queue or a service"

# Whom a command for many has chosen is one of many: the request is the others' as well, and loses their name alone.
_OF_PLAN = """plan::text LIKE :of AND EXISTS (SELECT FROM jsonb_array_elements(plan) AS step
    WHERE (step #- '{parameters,chosen}')::text LIKE :of)"""
_ERASING = """plan @> '[{"action": "user.erase"}]'"""
_REQUESTS = f"(SELECT proposal_id FROM pmbot.revisions WHERE {_OF_PLAN} AND NOT {_ERASING})"  # noqa: S608 - constants
_REVISIONS = f"(SELECT id FROM pmbot.revisions WHERE {_OF_PLAN} AND NOT {_ERASING})"  # noqa: S608
_CONTEXTS = """(SELECT coalesce(jsonb_agg(jsonb_build_object('context', coalesce(impact -> 'context', '{}'))
    ORDER BY place), '[]') FROM jsonb_array_elements(impacts) WITH ORDINALITY AS shown(impact, place))"""
# Each step without what somebody typed as its reason; the steps keep their order.
_STEPS = """(SELECT jsonb_agg(CASE WHEN step -> 'parameters' ? 'reason'
        THEN jsonb_set(step, '{parameters,reason}', to_jsonb(CAST(:blot AS text))) ELSE step END ORDER BY place)
    FROM jsonb_array_elements(plan) WITH ORDINALITY AS steps(step, place))"""
_REASONLESS = f"CASE WHEN {_ERASING} THEN plan ELSE {_STEPS} END"

REQUESTS = f"SELECT proposal_id FROM pmbot.revisions WHERE {_OF_PLAN}"  # noqa: S608
"""Those about the person, the one to erase them among them."""


def _without_reason(column: str) -> str:
    blot = "to_jsonb(CAST(:blot AS text))"
    return f"CASE WHEN {column} ? 'reason' THEN jsonb_set({column}, '{{reason}}', {blot}) ELSE {column} END"


_THEIR_TICKETS = "(SELECT id FROM pmbot.tickets WHERE user_id = :user)"
# To whom a ticket was given, and how bad it was, stays; what somebody typed, and what was collected, does not.
_WORDLESS = """(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(facts)
    WHERE key IN ('to', 'team', 'severity', 'verdict'))"""

ERASURE = (
    Rows("inbox", "payloads", named=("payload", "answer"), kept={ID: ("key", "reference"), WORD: ("kind",)}),
    Rows("drafts", "drafts", theirs="arguments::text ~* :pattern OR origin::text ~* :pattern", gone=True),
    Rows(
        "decisions",
        "comments and reasons on requests",
        theirs=f"revision_id IN {_REVISIONS}",
        becomes={"reason": blotted("reason")},
        named=("reason",),
        kept={WORD: ("verdict",)},
    ),
    Rows(
        "glass_questions",
        "questions about emergency overrides",
        theirs=f"decision_id IN (SELECT id FROM pmbot.decisions WHERE revision_id IN {_REVISIONS})",  # noqa: S608
        becomes={"question": blotted("question")},
        named=("question",),
    ),
    Rows("executions", "outcomes", named=("outcome",), kept={WORD: ("verification",), AWAY: ("waits",)}),
    Rows(
        "effects",
        "calls to other systems",
        named=("request", "answer"),
        kept={ID: ("key", "integration"), WORD: ("state",)},
    ),
    Rows(
        "proposals",
        "requests",
        theirs=f"id IN {_REQUESTS}",
        becomes={one: blotted(one) for one in ("reason", "cause")},
        named=("reason", "cause"),
        kept={
            ID: ("channel", "thread_ts", "once", "targets"),
            WORD: ("state", "requirement", "judged"),
            HASH: ("same",),
        },
    ),
    Rows(
        "revisions",
        "cards of requests",
        theirs=_OF_PLAN,
        becomes={"plan": _REASONLESS, "impacts": _CONTEXTS, "changes": "'[]'", "cleared": "now()"},
        named=("plan", "impacts", "changes"),
        kept={HASH: ("digest",)},
    ),
    Rows(
        "holds",
        "holds",
        theirs="target LIKE :of",
        becomes={"reason": blotted("reason")},
        named=("reason", "subject", "after"),
        kept={ID: ("kind", "target"), WORD: ("cause", "verification"), AWAY: ("waits",)},
    ),
    Rows(
        "held_switches",
        "settings as they were before temporary changes",
        theirs="target LIKE :of",
        becomes={one: _without_reason(one) for one in ("base", "seen")},
        named=("base", "seen"),
        kept={ID: ("target",)},
    ),
    Rows(
        "alerts",
        "alerts",
        named=("facts",),
        kept={SHOWN: ("rule", "subject", "breached"), WORD: ("state", "severity", "worst")},
    ),
    Rows(
        "outside_groups",
        "alerts that other systems evaluate",
        named=("facts",),
        kept={SHOWN: ("subject",), ID: ("key",), WORD: ("channel", "severity")},
    ),
    Rows("healings", "what was done about alerts automatically", named=("refused",), kept={SHOWN: ("rule",)}),
    Rows("alert_events", "lines of alerts", named=("facts",), kept={WORD: ("what",)}),
    Rows(
        "incidents",
        "incidents",
        named=("title", "impact", "causes", "went_well", "topic"),
        kept={ID: ("channel", "left", "invited", "pinned", "bookmark"), WORD: ("severity", "state")},
    ),
    Rows("incident_events", "lines of incidents", named=("facts",), kept={WORD: ("what",), ID: ("source",)}),
    Rows("incident_members", "colleagues who are members of security incidents"),
    Rows(
        "incident_evidence",
        "evidence of security incidents",
        kept={
            "evidence that the law asks for: nobody can change it": ("content", "data"),
            ID: ("source", "author"),
            HASH: ("sha256",),
        },
    ),
    Rows("incident_tasks", "tasks of incidents", named=("what",)),
    Rows("incident_roles", "roles of colleagues in incidents", kept={WORD: ("role",)}),
    Rows("incident_clocks", "deadlines of incidents", kept={WORD: ("clock",)}),
    Rows(
        "deployments",
        "deployments",
        named=("by",),
        kept={
            "the name that CI uses for the deployment": ("key", "service", "version", "url", "request"),
            WORD: ("state", "figures"),
        },
    ),
    Rows("deployment_events", "events of deployments", named=("payload",), kept={ID: ("key",)}),
    Rows("incident_breaches", "descriptions of the personal data in incidents", named=("concerns",)),
    Rows(
        "incident_duties",
        "who had to be told of incidents",
        named=("note",),
        kept={WORD: ("duty",)},
    ),
    Rows("legal_holds", "legal holds of security incidents", kept={ID: ("channels",)}),
    Rows("runbooks", "runbooks", kept={"our own instructions, copied from a file": ("name", "title", "text")}),
    Rows("runbook_confirmations", "colleagues' confirmations of runbooks", kept={WORD: ("runbook",)}),
    Rows("public_updates", "updates on the public status page", named=("headline", "said"), kept={WORD: ("phase",)}),
    Rows("incident_answers", "what customers say of notices, nameless", kept={HASH: ("digest",)}),
    Rows("incident_notices", "notices of incidents to customers", kept={WORD: ("kind",)}),
    Rows(
        "ticket_events",
        "lines of tickets",
        theirs=f"ticket_id IN {_THEIR_TICKETS}",
        becomes={"facts": _WORDLESS},
        named=("facts",),
        kept={WORD: ("what",)},
    ),
    Rows(
        "ticket_samples",
        "what colleagues said of how tickets were handled",
        theirs=f"ticket_id IN {_THEIR_TICKETS}",
        becomes={"note": blotted("note")},
        named=("note",),
        kept={WORD: ("verdict",)},
    ),
    Rows(  # after what hangs on them: whose they were is gone then
        "tickets",
        "tickets",
        theirs="user_id = :user",
        becomes={**{one: blotted(one) for one in ("title", "reason")}, "user_id": "NULL"},
        named=("title", "reason"),
        kept={WORD: ("category", "severity", "team", "state"), ID: ("link",)},
    ),
    Rows(
        "maintenance_windows",
        "maintenance windows",
        named=("reason",),
        kept={WORD: ("scope", "state"), SHOWN: ("subject",)},
    ),
    Rows("pages", "what PagerDuty knows of alerts", kept={WORD: ("wanted", "known", "tried")}),
    Rows("pager_outages", "times when PagerDuty accepted nothing", kept={AWAY: ("cause",)}),
    Rows("on_call_asked", "questions to PagerDuty", kept={AWAY: ("error",)}),
    Rows("on_call_entries", "shifts of colleagues at PagerDuty", kept={ID: ("schedule",)}),
    Rows("on_call_shifts", "shifts of colleagues", kept={"a layer of the roster": ("layer",)}),
    Rows("on_call_swaps", "shifts that colleagues took over from others", kept={"a layer of the roster": ("layer",)}),
    # What stays, or is erased in its own way
    Rows(
        "code_apps", "app for codes", kept={"only colleagues have it, and it is encrypted": ("seed",), ID: ("picture",)}
    ),
    Rows("recovery_codes", "code for a lost phone", kept={HASH: ("digest",)}),
    Rows(
        "audit_log",
        "entries of the audit trail",
        theirs="target = :key",
        kept={
            "the audit trail only grows; this part has only ids, counts and states": (
                "kind",
                "action",
                "target",
                "facts",
            ),
            HASH: ("commitment",),
            "the number of the transaction that wrote it": ("xid",),
        },
        remains="the audit trail only grows; it names nobody",
    ),
    Rows("audit_leaves", "leaves of the audit trail's tree", kept={HASH: ("hash",)}),
    Rows(
        "audit_seals",
        "seals of the audit trail",
        kept={
            HASH: ("root", "frontier", "previous", "key", "signature"),
            "the number of a transaction": ("through_xid",),
        },
    ),
    Rows("audit_witnesses", "what witnesses of the audit trail were told", kept={WORD: ("name",), AWAY: ("error",)}),
    Rows("audit_details", "details of the audit trail", kept={APART: ("salt", "body")}),
    Rows(
        "messages",
        "messages",
        kept={
            APART: ("content",),
            ID: (
                "key",
                "channel",
                "only_for",
                "thread_ts",
                "response_url",
                "projection",
                "subject",
                "sent_channel",
                "ts",
            ),
            WORD: ("refusal",),
            HASH: ("sent_digest",),
        },
    ),
    Rows("staff_links", "links of colleagues", kept={ID: ("team_id", "slack_user_id")}),
    Rows("cli_tokens", "terminals of colleagues", kept={HASH: ("fingerprint",)}),
    Rows("readings", "readings", kept={SHOWN: ("metric", "subject", "detail")}),
    Rows("readings_asked", "questions to other systems", kept={SHOWN: ("name", "error")}),
    Rows("objectives", "objectives", kept={SHOWN: ("name", "title")}),
    Rows("objective_minutes", "values of the objectives, minute by minute", kept={SHOWN: ("objective",)}),
    Rows(
        "alert_thresholds",
        "thresholds of alerts",
        named=("reason",),
        kept={SHOWN: ("rule",), WORD: ("severity",)},
    ),
    Rows(
        "alert_levels",
        "thresholds of the rules file",
        kept={SHOWN: ("rule", "unit", "label"), WORD: ("severity",)},
    ),
    Rows(
        "alert_silences",
        "silences",
        named=("reason",),
        kept={SHOWN: ("rule", "subject"), WORD: ("severity",)},
    ),
    Rows("baselines", "agreed configurations", kept={SETTINGS: ("agreed_by", "content")}),
    Rows("schedules", "schedules", kept={WORD: ("name", "rule")}),
    Rows("daily_figures", "daily figures", kept={SHOWN: ("zone", "figure", "subject")}),
    Rows("figure_marks", "how far the counting has come", kept={WORD: ("source", "zone")}),
    Rows(
        "digest_subscriptions",
        "subscriptions to digests",
        kept={ID: ("channel", "channel_name"), WORD: ("report", "at", "days", "zone")},
    ),
    Rows("silences", "times when the bot was silent", kept={SHOWN: ("reasons",)}),
    Rows("silence_notices", "notices that the bot was silent", kept={WORD: ("what", "route")}),
    Rows("slots", "slots", kept={WORD: ("schedule", "outcome", "missed")}),
    Rows("policies", "policies", kept={"a file of the organisation's own": ("source",), HASH: ("digest",)}),
    Rows("recent_uses", "when colleagues did something that has a limit", kept={WORD: ("what",), COUNTED: ("at",)}),
    Rows(
        "stripe_mirror",
        "mirrored subscriptions",
        kept={
            STRIPES: (
                "subscription_id",
                "customer_id",
                "state",
                "tied",
                "base_status",
                "status",
                "tenant_before",
                "waiting",
                "news",
            )
        },
    ),
    Rows("stripe_invoices", "invoices", kept={STRIPES: ("id", "subscription_id", "currency", "payment_intent")}),
    Rows(
        "stripe_charges",
        "charges",
        kept={STRIPES: ("id", "event", "customer", "payment_intent", "currency", "status", "failure")},
    ),
    Rows(
        "stripe_refunds",
        "refunds",
        kept={STRIPES: (*_OF_A_CHARGE, "reason", "failure"), HASH: ("request",)},
    ),
    Rows("stripe_problems", "what could not be copied from Stripe", kept={STRIPES: ("about", "event", "kind", "text")}),
    Rows("stripe_listings", "how far Stripe was asked for events"),
    Rows("stripe_disputes", "disputes", kept={STRIPES: (*_OF_A_CHARGE, "reason")}),
    Rows("stripe_paid_by", "payments of invoices", kept={STRIPES: ("id", "event", "invoice", "payment_intent")}),
)
