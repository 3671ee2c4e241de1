"""The apps that make people's codes: a seed each, encrypted, and recovery codes by their digests alone."""

import hashlib
import hmac
import re
import secrets
import uuid
from base64 import b32encode
from dataclasses import dataclass

import pyotp
from sqlalchemy import DateTime, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import CodeApp, RecoveryCode
from bot.store.queue import Task, defer
from bot.store.vault import Vault

ISSUER = "PenguinMails Ops"
RECOVERY_CODES, RANDOM = 10, 10  # bytes: 80 bits each
EARLY_OR_LATE = 1  # half minutes by which a phone's clock may be off
FORGET_PICTURE = Task("forget_picture", 5)


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to make codes; for one person's eyes."""

    seed: str
    address: str
    """As apps read it from a picture: otpauth://…"""


async def locked(session: AsyncSession, staff_id: uuid.UUID) -> CodeApp | None:
    """Somebody's app, held until the transaction ends."""
    return await session.get(CodeApp, staff_id, with_for_update=True, populate_existing=True)


def begun(vault: Vault, session: AsyncSession, staff_id: uuid.UUID, email: str) -> Enrolment:
    """A new app, which counts once a code made with it was right."""
    seed = pyotp.random_base32()
    session.add(CodeApp(staff_id=staff_id, seed=vault.seal(seed)))
    return Enrolment(seed, pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER))


async def pictured(session: AsyncSession, staff_id: uuid.UUID, picture: str) -> None:
    """Note which picture has to go."""
    await session.execute(update(CodeApp).where(CodeApp.staff_id == staff_id).values(picture=picture))


async def forget(session: AsyncSession, app: CodeApp) -> None:
    """The app, its recovery codes and what was proved with it."""
    await forget_picture(session, app)
    await session.flush()
    await session.execute(delete(CodeApp).where(CodeApp.staff_id == app.staff_id))
    session.expunge(app)


async def forget_picture(session: AsyncSession, app: CodeApp) -> None:
    if app.picture is not None:
        await defer(session, FORGET_PICTURE, file_id=app.picture)
        app.picture = None


async def step_of(vault: Vault, session: AsyncSession, app: CodeApp, typed: str) -> int | None:
    """Which half minute since 1970 a code is of, by the database's clock; None: of none about now."""
    code = re.sub(r"\s", "", typed)
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    maker = pyotp.TOTP(vault.open(app.seed))
    now = (await session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True))))).one()
    current = maker.timecode(now)
    near = range(current - EARLY_OR_LATE, current + EARLY_OR_LATE + 1)
    return next((step for step in near if hmac.compare_digest(maker.generate_otp(step), code)), None)


def recovery_codes(session: AsyncSession, staff_id: uuid.UUID) -> tuple[str, ...]:
    """New ones, of which only the digests are kept: sixteen letters and digits in four groups each."""
    made = [b32encode(secrets.token_bytes(RANDOM)).decode() for _ in range(RECOVERY_CODES)]
    session.add_all([RecoveryCode(digest=_digest(one), staff_id=staff_id) for one in made])
    return tuple("-".join(one[place : place + 4] for place in range(0, len(one), 4)) for one in made)


async def recovered(session: AsyncSession, staff_id: uuid.UUID, typed: str) -> bool:
    """Whether it is a recovery code that was not used yet; then it is."""
    code = RecoveryCode.digest == _digest(typed)
    used = update(RecoveryCode).where(code, RecoveryCode.staff_id == staff_id, RecoveryCode.used.is_(None))
    found = await session.scalar(used.values(used=func.now()).returning(RecoveryCode.staff_id))
    return found is not None


def _digest(typed: str) -> bytes:
    return hashlib.sha256(re.sub(r"[\s-]", "", typed).upper().encode()).digest()
