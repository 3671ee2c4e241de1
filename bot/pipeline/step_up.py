"""A code from an app before a critical decision: whoever sits at somebody's unlocked computer decides nothing for them.

The code itself is looked at in the request that brings it (bot/handlers/codes.py) and stored nowhere; what is stored is
that it was right, for which person and which revision. That lasts until half an hour passes without a decision.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.errors import CodeNeeded, NoCodeApp, NothingToDo, Refused
from bot.people import code_apps
from bot.people.code_apps import Enrolment
from bot.people.identity import Operator
from bot.pipeline.core import Core, now
from bot.store import outbox
from bot.store.models import AuditKind, CodeApp, LostTrust, Proof
from bot.store.vault import Vault
from bot.words import counted

IDLE = text("interval '30 minutes'")
ABANDONED = text("interval '15 minutes'")
AT_MOST = 5  # wrong codes in a row
OFF = "Codes from an app are off here. Nothing was done: ask whoever runs this bot to set PM_SECRET_KEY."
ANEW = "Ask security to reset it: one of them types /pm step-up reset, somebody else approves."
LOCKED = f"Your authenticator app is locked after {AT_MOST} wrong codes, so nothing was done. Security knows. {ANEW}"


@dataclass(frozen=True)
class Checked:
    """What became of a code that somebody typed."""

    wrong: str | None = None
    """Why it does not count."""
    recovery: tuple[str, ...] = ()
    """The recovery codes, said once."""


def vault_of(core: Core) -> Vault:
    """Raises `Refused` where no key is set."""
    if core.vault is None:
        raise Refused(OFF)
    return core.vault


# Deciding


async def require(core: Core, session: AsyncSession, operator: Operator, revision_id: uuid.UUID) -> None:
    """Let a decision pass whose maker gave a code lately. Raises `CodeNeeded`, `NoCodeApp`, `Refused`."""
    if core.vault is None or await _proved(session, operator.id):
        return
    app = await session.get(CodeApp, operator.id)
    if app is None or app.confirmed is None:
        raise NoCodeApp(
            "Nothing was done: this decision is critical and needs a code from an app on your phone. You have not set "
            "up such an app yet: do that now (it takes a minute), then decide again."
        )
    if app.locked is not None:
        raise Refused(LOCKED)
    raise CodeNeeded(
        "Nothing was done: this needs a code from your app. Press the button again and type the code.", revision_id
    )


async def _proved(session: AsyncSession, staff_id: uuid.UUID) -> bool:
    """Whether a code of theirs still counts; it does for longer with each use, and no more once they lost trust."""
    distrusted = select(LostTrust.staff_id).where(LostTrust.staff_id == staff_id, LostTrust.at >= Proof.given)
    used = (
        update(Proof)
        .where(Proof.staff_id == staff_id, Proof.used > func.clock_timestamp() - IDLE, ~distrusted.exists())
        .values(used=func.clock_timestamp())
        .returning(Proof.staff_id)
    )
    return await session.scalar(used) is not None


async def prove(vault: Vault, session: AsyncSession, operator: Operator, revision_id: uuid.UUID, typed: str) -> Checked:
    """Look at a code for a decision. The caller commits, also what is wrong: that is counted."""
    if await _proved(session, operator.id):
        return Checked()  # sent twice, or given for another decision meanwhile
    app = await code_apps.locked(session, operator.id)
    if app is None or app.confirmed is None:
        return Checked("You have no authenticator app. Close this and type /pm step-up.")
    checked = await _looked_at(vault, session, app, typed)
    if checked.wrong is None:
        fresh = {"revision_id": revision_id, "given": func.clock_timestamp(), "used": func.clock_timestamp()}
        proof = insert(Proof).values(staff_id=operator.id, **fresh)
        await session.execute(proof.on_conflict_do_update(index_elements=[Proof.staff_id], set_=fresh))
        await _note(session, operator.id, "passed", revision=str(revision_id))
    return checked


async def _looked_at(vault: Vault, session: AsyncSession, app: CodeApp, typed: str) -> Checked:
    if app.locked is not None:
        return Checked(LOCKED)
    step = await code_apps.step_of(vault, session, app, typed)
    if step is not None and step <= app.last_step:
        return Checked("This code was used already. Wait until your app shows the next one.")
    if step is None:
        if not await code_apps.recovered(session, app.staff_id, typed):
            return await _wrong(session, app)
        await _note(session, app.staff_id, "recovered")
    app.wrong, app.last_step = 0, max(app.last_step, step or 0)
    return Checked()


async def _wrong(session: AsyncSession, app: CodeApp) -> Checked:
    """Counted; after too many the app is locked, and security hears of it."""
    app.wrong += 1
    if app.wrong < AT_MOST:
        return Checked(f"This code is not right. {counted(AT_MOST - app.wrong, 'attempt is', 'attempts are')} left.")
    app.locked = await now(session)
    await _note(session, app.staff_id, "locked")
    await outbox.show(
        session,
        f"step_up_locked:{app.staff_id}:{app.locked.timestamp():.0f}",
        channel="security",
        projection="step_up_locked",
        subject=str(app.staff_id),
    )
    return Checked(LOCKED)


# Setting it up


async def begin(vault: Vault, session: AsyncSession, operator: Operator) -> Enrolment:
    """A new app, which counts once its first code was right. Raises `Refused` where there is one."""
    app = await code_apps.locked(session, operator.id)
    if app is not None and app.locked is not None:
        raise Refused(LOCKED)
    if app is not None and app.confirmed is not None:
        raise NothingToDo(f"You have an authenticator app already. If the phone is lost, use a recovery code. {ANEW}")
    if app is not None:
        await code_apps.forget(session, app)
    return code_apps.begun(vault, session, operator.id, operator.email)


async def confirm(vault: Vault, session: AsyncSession, operator: Operator, typed: str) -> Checked:
    """Look at the first code of an app; the recovery codes come with it, and are said to the person alone."""
    app = await code_apps.locked(session, operator.id)
    if app is None:
        return Checked("This form is too old. Close it and type /pm step-up.")
    if app.confirmed is not None:
        return Checked("Your authenticator app is set up already. Close this form.")
    step = await code_apps.step_of(vault, session, app, typed)
    if step is None:
        return Checked("This code is not right. Type the six digits that the app shows now; is the phone's time right?")
    app.confirmed, app.last_step = await now(session), step
    await code_apps.forget_picture(session, app)
    await _note(session, operator.id, "enrolled")
    return Checked(recovery=code_apps.recovery_codes(session, operator.id))


async def forget_abandoned(core: Core) -> int:
    """Delete seeds whose app was never confirmed, and their pictures; how many. Any clock may call it."""
    async with core.database.transaction() as session:
        old = select(CodeApp).where(CodeApp.confirmed.is_(None), CodeApp.begun < func.now() - ABANDONED)
        found = (await session.scalars(old.with_for_update(skip_locked=True))).all()
        for app in found:
            await code_apps.forget(session, app)
        return len(found)


async def rotate(vault: Vault, session: AsyncSession) -> int:
    """Seal every seed with the newest key; how many. Raises `Misconfigured` where the key of one is missing."""
    apps = (await session.scalars(select(CodeApp).order_by(CodeApp.staff_id).with_for_update())).all()
    for app in apps:
        app.seed = vault.again(app.seed)
    return len(apps)


async def _note(session: AsyncSession, staff_id: uuid.UUID, what: str, **facts: str) -> None:
    await trail.append(
        session,
        AuditKind.STEPPED_UP,
        actor_id=staff_id,
        action=f"step_up.{what}",
        target=f"staff:{staff_id}",
        facts=facts,
    )
