"""One of everything Slack's client can show: messages, forms, a Home."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str | None = None, description: str = "") -> Json:
    more = {"description": plain(description)} if description else {}
    return {"text": plain(text), "value": value or text.lower(), **more}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "value": "r1", "text": plain(text), **more}


def field(name: str, kind: str, label: str, **element: Any) -> Json:
    """An input block whose block_id and action_id are `name`."""
    made = {"type": kind, "action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(label), "optional": name != "reason", "element": made}


HOURS = [option("1 hour", "1h"), option("1 day", "1d", "ends tomorrow"), option("Until somebody ends it", "open")]
CONFIRM = {
    "title": plain("Revoke 4 sessions?"),
    "text": mrkdwn("*Staffer Name* is signed out everywhere."),
    "confirm": plain("Revoke"),
    "deny": plain("Cancel"),
}


def card(now: float) -> list[Json]:
    """A decision card with what somebody typed in rich_text."""
    reason = [
        {"type": "text", "text": "Asked by "},
        {"type": "user", "user_id": "U0ONCALL"},
        {"type": "text", "text": " · reason: laptop stolen <b>&amp;</b> *left* in a taxi"},
    ]
    facts = [
        ("Now", "4 active sessions on 3 addresses (Madrid, Lisbon, unknown)"),
        ("After", "0 sessions; can sign in again"),
        ("Also", "1 open approval of theirs becomes void"),
    ]
    rows = [[{"type": "raw_text", "text": cell} for cell in row] for row in facts]
    until = f"needs *security* · until <!date^{int(now) + 1800}^{{time}}|later>"
    return [
        {"type": "header", "text": plain("Sign out Staffer Name everywhere")},
        {"type": "context", "elements": [mrkdwn(until)]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": reason}]},
        {"type": "section", "fields": [mrkdwn(f"*{name}*\n{fact}") for name, fact in facts]},
        {"type": "table", "rows": rows},
        {
            "type": "actions",
            "elements": [
                button("approve", "Revoke 4 sessions", style="primary", confirm=CONFIRM),
                button("reject", "Reject"),
                button("details", "Details"),
            ],
        },
    ]


def cell(value: str | int) -> Json:
    if isinstance(value, int):
        return {"type": "raw_number", "value": value, "text": str(value)}
    return {"type": "raw_text", "text": value}


def show(now: float) -> list[Json]:
    """What can be looked at: texts, lists, pictures, tables, charts."""
    points = [[{"label": str(hour), "value": hour * step % 90} for hour in range(12)] for step in (37, 74)]
    rows = [[cell("Tenant"), cell("Waiting")], *([cell(f"Tenant {n}"), cell(n * 97 % 50)] for n in range(12))]
    written = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "Steps ", "style": {"bold": True}}]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "look"}]},
                {"type": "rich_text_section", "elements": [{"type": "emoji", "name": "penguin"}]},
            ],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted\ntwice"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "$ pm doctor\nall well"}]},
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "date", "timestamp": int(now), "format": "at {time}", "fallback": "now"},
                {"type": "text", "text": " "},
                {"type": "broadcast", "range": "here"},
                {"type": "link", "url": "https://x.example/", "text": " a link"},
            ],
        },
    ]
    return [
        {"type": "rich_text", "elements": written},
        {"type": "markdown", "text": "## Heading\n- one **bold**\n- two `code`\n\n[link](https://x.example/)"},
        {"type": "data_table", "caption": "Queues by tenant", "rows": rows},
        {
            "type": "data_visualization",
            "title": "Mails sent per hour",
            "chart": {
                "type": "line",
                "axis_config": {"categories": [str(hour) for hour in range(12)], "x_label": "hour"},
                "series": [{"name": name, "data": data} for name, data in zip(("now", "before"), points, strict=True)],
            },
        },
        {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": "A picture from elsewhere"},
    ]


def menus() -> list[Json]:
    """What can be used in a message besides buttons."""
    overflow = {"type": "overflow", "action_id": "more", "options": [option("Silence"), option("Why this?", "why")]}
    return [
        {"type": "section", "text": mrkdwn("*Queue email-sending*"), "accessory": overflow},
        {
            "type": "actions",
            "elements": [
                {"type": "static_select", "action_id": "long", "placeholder": plain("For how long"), "options": HOURS},
                {"type": "users_select", "action_id": "whom", "placeholder": plain("Somebody")},
                {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-21"},
                {"type": "checkboxes", "action_id": "tick", "options": HOURS[:2]},
            ],
        },
    ]


def attached() -> list[Json]:
    """Buttons and menus in attachments, of both kinds."""
    old = [
        {"name": "answer", "text": "Restart", "type": "button", "value": "yes", "style": "primary"},
        {"name": "when", "text": "When", "type": "select", "options": [{"text": "Tonight", "value": "20:00"}]},
    ]
    return [
        {"color": "warning", "blocks": [{"type": "actions", "elements": [button("silence", "Silence")]}]},
        {"color": "danger", "text": "It does not answer.", "callback_id": "restart", "actions": old},
    ]


FORM = {
    "type": "modal",
    "callback_id": "revoke",
    "title": plain("Revoke sessions"),
    "submit": plain("Ask"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "who",
            "label": plain("Person"),
            "element": {"type": "external_select", "action_id": "staffer", "min_query_length": 1},
        },
        field("reason", "plain_text_input", "Reason", multiline=True)
        | {"hint": plain("Shown to whoever decides, and kept in the audit trail.")},
        {"type": "context", "elements": [mrkdwn("Security or a super admin will have to approve.")]},
    ],
}
EVERYTHING = {
    "type": "modal",
    "callback_id": "everything",
    "title": plain("Everything"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        {"type": "alert", "level": "warning", "text": mrkdwn("This is *only* a trial.")},
        field("reason", "plain_text_input", "Reason"),
        field("number", "number_input", "Number", is_decimal_allowed=False, min_value="1"),
        field("email", "email_text_input", "E-mail"),
        field("url", "url_text_input", "Address"),
        field("long", "static_select", "How long", options=HOURS),
        field("several", "multi_static_select", "Which", options=HOURS, max_selected_items=2),
        field("person", "users_select", "Somebody"),
        field("people", "multi_users_select", "Some people"),
        field("channel", "conversations_select", "Where"),
        field("staffers", "multi_external_select", "Staffers", min_query_length=1),
        field("ticks", "checkboxes", "Also", options=HOURS[:2]),
        field("one", "radio_buttons", "One of", options=HOURS[:2]),
        field("day", "datepicker", "Day"),
        field("time", "timepicker", "Time"),
        field("moment", "datetimepicker", "Moment"),
        field("files", "file_input", "Files", filetypes=["csv", "txt"], max_files=2),
        {"type": "actions", "block_id": "steps", "elements": [button("push", "Push another")]},
    ],
}
SECOND = {
    "type": "modal",
    "title": plain("Second"),
    "blocks": [{"type": "section", "text": mrkdwn("Over the *first*.")}],
}
HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("What waits for you")},
        {
            "type": "section",
            "text": mrkdwn("*Sign out Staffer Name everywhere*\nasked by <@U0ONCALL> 3 min ago"),
            "accessory": button("open", "Open"),
        },
        {"type": "divider"},
        {"type": "section", "fields": [mrkdwn("*Services*\n8 of 8 healthy"), mrkdwn("*Queues*\nwithin their time")]},
    ],
}
