"""Whether the audit trail is signed and witnessed, so that nobody can change it unseen."""

from bot.audit.seals import Signer
from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.errors import Misconfigured

WITNESSES = "PM_AUDIT_WITNESS_FILE, PM_AUDIT_WITNESS_DATABASE_URL or PM_AUDIT_WITNESS_MAIL"


def look(settings: Settings) -> Finding:
    """The key, never what it is; and whether there is a witness that the bot cannot change."""
    told = (
        settings.pm_audit_witness_file,
        settings.pm_audit_witness_database_url,
        settings.pm_audit_witness_mail,
    )
    number = sum(one is not None for one in told)
    if settings.pm_audit_key is None:
        says = "PM_AUDIT_KEY is not set: the seals of the audit trail are chained, but not signed"
        return warning("audit", says, "Put a key from pm audit key into PM_AUDIT_KEY of every process.")
    try:
        signer = Signer.of(settings.pm_audit_key.get_secret_value())
    except Misconfigured as error:
        return failed("audit", str(error), "Correct PM_AUDIT_KEY.")
    if number == 0:
        says = "the audit trail has no witness that the bot cannot change"
        return warning("audit", says, f"Set {WITNESSES}: docs/operations.md says how.")
    if settings.pm_audit_witness_mail is not None and settings.smtp_url is None:
        return failed("audit", "PM_AUDIT_WITNESS_MAIL is set, and SMTP_URL is not", "Set both, or neither.")
    says = f"the seals of the audit trail are signed with the key {signer.key_id}; {number} witnesses are set"
    return ok("audit", says.replace("1 witnesses are", "1 witness is"))
