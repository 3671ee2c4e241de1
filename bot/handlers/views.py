"""The forms that are the same for every action: why, or a code; what they say, and by what name they come back."""

from collections.abc import Iterable

from bot.drawing.elements import TEXT_LIMIT, plain_text
from bot.parameters.base import Reason
from bot.store.models import JSON

FORM, CHOICE, QUESTION, UNDO = "form", "choice", "question", "undo"
BREAK_GLASS, REJECT, APPROVE = "break_glass", "reject", "approve"
CODE, ENROL = "code", "enrol"  # forms with a secret in them (bot/handlers/codes.py)
FORMS = frozenset({FORM, CHOICE, QUESTION, UNDO, BREAK_GLASS, REJECT, APPROVE, CODE, ENROL})
TITLE_LIMIT = 24  # characters, as Slack documents it; of what stands on the buttons, too
REASON_LIMIT, CODE_LIMIT = 300, 40


def modal(form: str, about: str, title: str, *, submit: str, close: str = "Cancel", blocks: Iterable[JSON]) -> JSON:
    """A view as Slack takes it. `form`, one of `FORMS`, and `about`, an opaque id, come back with what is typed."""
    return {
        "type": "modal",
        "callback_id": form,
        "private_metadata": about,
        "title": plain_text(title, TITLE_LIMIT),
        "submit": plain_text(submit, TITLE_LIMIT),
        "close": plain_text(close, TITLE_LIMIT),
        "blocks": [*blocks],
    }


def break_glass(revision_id: str, what: Iterable[JSON]) -> JSON:
    """For whoever is on call, who says why they go alone."""
    return modal(
        BREAK_GLASS,
        revision_id,
        "Emergency override",
        submit="Run now without approval",
        close="Keep it waiting",
        blocks=[*what, _asked("Why it cannot wait")],
    )


def reject(revision_id: str) -> JSON:
    """Somebody may say why they turn a request down."""
    return _turning_down(revision_id, "Reject", "Shown on the card and sent to whoever asked.")


def withdraw(revision_id: str, title: str) -> JSON:
    """For whoever pressed Reject on what they asked for themselves: what it means for them."""
    said = f"{title}. You asked for this yourself. If you withdraw your request, nobody can approve it any more."
    return _turning_down(revision_id, "Withdraw", "Shown on the card.", _said(said))


def _turning_down(revision_id: str, does: str, hint: str, *what: JSON) -> JSON:
    why = _asked("Reason", hint=hint, optional=True)
    return modal(REJECT, revision_id, f"{does} request", submit=does, close="Keep it open", blocks=[*what, why])


def approve(revision_id: str, title: str) -> JSON:
    """Somebody approves with a comment."""
    comment = _asked("Comment", hint="Shown on the card.", optional=True)
    return modal(APPROVE, revision_id, "Approve request", submit="Approve", blocks=[_said(title), comment])


def undo(proposal_id: str, number: int, what: Iterable[JSON]) -> JSON:
    """Somebody says why what was done should be taken back."""
    why = _asked("Reason", placeholder=Reason.hint)
    return modal(UNDO, proposal_id, f"Undo request {number}", submit="Send request", blocks=[*what, why])


def question(proposal_id: str, who: str) -> JSON:
    """Somebody asks whoever ran something without an approval."""
    hint = "Posted in the thread of the announcement and sent to the person that you ask; the review stays open."
    asked = _asked(f"Question to {who}", QUESTION, hint=hint)
    return modal(QUESTION, proposal_id, "Ask a question", submit="Ask", blocks=[asked])


def code(revision_id: str, what: Iterable[JSON]) -> JSON:
    """Whoever decides gives a code from their app."""
    typed = _code_input("Code from your app", "Six digits, or a recovery code if the phone is lost.")
    return modal(CODE, revision_id, "Confirm it is you", submit="Decide", blocks=[*what, typed])


def enrol(staff_id: str, seed: str | None = None, picture: str | None = None) -> JSON:
    """Sets up an app: a picture to read, the seed to type, the first code. At first only the last."""
    shown: list[JSON] = []
    if seed is None:
        shown.append(_said("One moment: the QR code to scan with your app is on its way."))
    if picture is not None:
        shown.append(_said("1. In your app, add an account and scan this QR code."))
        shown.append({"type": "image", "slack_file": {"id": picture}, "alt_text": "A QR code that adds the account"})
    if seed is not None:
        spaced = " ".join(seed[place : place + 4] for place in range(0, len(seed), 4))
        shown.append(_said(f"{'Or' if picture else '1. In your app, add an account and'} type this key: {spaced}"))
        shown.append(_said("Show it to nobody. 2. Type the six digits that the app shows now."))
    typed = _code_input("Code that the app shows", "Six digits")
    return modal(ENROL, staff_id, "Set up an authenticator", submit="Confirm", blocks=[*shown, typed])


def recovery(codes: Iterable[str]) -> JSON:
    """What the form shows once the app is confirmed, and nobody sees again: it can only be closed."""
    return {
        "type": "modal",
        "title": plain("Your authenticator works"),
        "close": plain("I have saved them"),
        "blocks": [
            _said(
                "If you lose the phone, each of these works once instead of a code. Save them where only you see them:"
            ),
            {"type": "section", "fields": [plain(one) for one in codes]},
            _said("They are not shown again."),
        ],
    }


def _asked(
    label: str, name: str = "reason", *, hint: str | None = None, optional: bool = False, placeholder: str | None = None
) -> JSON:
    """Room for a few lines; `name`: under which what was typed comes back."""
    element = {"type": "plain_text_input", "action_id": name, "multiline": True, "max_length": REASON_LIMIT}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, **({"placeholder": plain(placeholder)} if placeholder else {})},
        **({"hint": plain(hint)} if hint else {}),
        **({"optional": True} if optional else {}),
    }


def _code_input(label: str, hint: str) -> JSON:
    return {
        "type": "input",
        "block_id": CODE,
        "label": plain(label),
        "hint": plain(hint),
        "element": {"type": "plain_text_input", "action_id": CODE, "max_length": CODE_LIMIT},
    }


def _said(text: str) -> JSON:
    return {"type": "section", "text": plain(text)}


def plain(text: str) -> JSON:
    """Text in which nothing is markup, as long as Slack takes it."""
    return plain_text(text, TEXT_LIMIT)
