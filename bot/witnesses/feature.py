"""Sealing the audit trail and telling its witnesses: what the clock does for it."""

from collections.abc import Collection

from bot.audit.sealing import Sealer
from bot.audit.seals import Signer
from bot.config import Settings
from bot.drawing.render import Renderer
from bot.errors import Misconfigured
from bot.handlers.feature import Feature
from bot.integrations.base import Integration
from bot.integrations.mail.smtp import Mailer
from bot.store.database import Database
from bot.witnesses.base import Witness
from bot.witnesses.database import SecondDatabase
from bot.witnesses.file import File
from bot.witnesses.mail import Mail
from bot.witnesses.teller import CHANNEL, PROJECTION, Teller


def feature(
    settings: Settings, database: Database, renderer: Renderer, mail: Integration | None, channels: Collection[str]
) -> Feature:
    """`channels`: what there are channels for. Raises `Misconfigured`."""
    signer = Signer.of(settings.pm_audit_key.get_secret_value()) if settings.pm_audit_key else None
    teller = Teller(database, renderer, witnesses(settings, mail), CHANNEL in channels)
    chores = {"audit_seal": Sealer(database, signer).sweep, "audit_witnesses": teller.sweep}
    return Feature(projections={PROJECTION: teller.draw}, chores=chores)


def witnesses(settings: Settings, mail: Integration | None) -> list[Witness]:
    """Those that are set. Raises `Misconfigured`."""
    found: list[Witness] = []
    if settings.pm_audit_witness_file is not None:
        found.append(File(settings.pm_audit_witness_file))
    if settings.pm_audit_witness_database_url is not None:
        found.append(SecondDatabase(settings.pm_audit_witness_database_url.get_secret_value()))
    if settings.pm_audit_witness_mail is not None:
        if not isinstance(mail, Mailer):
            raise Misconfigured("PM_AUDIT_WITNESS_MAIL is set, and SMTP_URL is not: set both, or neither.")
        found.append(Mail(mail, settings.pm_audit_witness_mail))
    return found
