"""What a staff member may do. Names read `resource.verb`; who holds them is a matter of the database."""

import re
from collections.abc import Collection
from enum import StrEnum

from bot.errors import Misconfigured

NAME = re.compile(r"[a-z_]+\.[a-z_]+")


class Permission(StrEnum):
    """One thing that a role may allow. The value is `permissions.name` on the platform."""

    STAFF_READ = "staff.read"
    STAFF_REVOKE = "staff.revoke"
    STAFF_SUSPEND = "staff.suspend"
    STAFF_REINSTATE = "staff.reinstate"
    STAFF_OFFBOARD = "staff.offboard"
    STAFF_ONBOARD = "staff.onboard"
    STAFF_INVESTIGATE = "staff.investigate"
    STAFF_LINK = "staff.link"
    ROLE_CHANGE = "role.change"
    ACCESS_READ = "access.read"
    PERSONAL_READ = "personal.read"
    AUDIT_READ = "audit.read"
    QUEUE_READ = "queue.read"
    QUEUE_PAUSE = "queue.pause"
    QUEUE_RESUME = "queue.resume"
    JOB_READ = "job.read"
    JOB_CHANGE = "job.change"
    JOB_DELETE = "job.delete"
    DELIVERABILITY_READ = "deliverability.read"
    DELIVERABILITY_CHANGE = "deliverability.change"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_SILENCE = "alert.silence"
    ALERT_THRESHOLD = "alert.threshold"
    DIGEST_READ = "digest.read"
    BILLING_READ = "billing.read"
    BILLING_AMOUNTS = "billing.amounts"
    BILLING_SYNC = "billing.sync"
    USER_READ = "user.read"
    USER_SUSPEND = "user.suspend"
    USER_REINSTATE = "user.reinstate"
    USER_ROLE = "user.role"
    USER_INVITE = "user.invite"
    USER_RESET_PASSWORD = "user.reset_password"  # noqa: S105 - a permission's name
    FLAG_READ = "flag.read"
    FLAG_OFF = "flag.off"
    FLAG_CHANGE = "flag.change"
    HOLD_READ = "hold.read"
    HOLD_CHANGE = "hold.change"
    READONLY_SWITCH = "readonly.switch"
    USER_ERASE = "user.erase"
    USER_EXPORT = "user.export"
    STEPUP_RESET = "stepup.reset"
    TENANT_READ = "tenant.read"
    TENANT_APPROVE = "tenant.approve"
    TENANT_LIMIT = "tenant.limit"
    TENANT_NOTICE = "tenant.notice"
    TENANT_POLICY = "tenant.policy"
    SANDBOX_CREATE = "sandbox.create"
    SETTING_READ = "setting.read"
    SETTING_CHANGE = "setting.change"
    SETTING_SECURITY = "setting.security"
    INTEGRITY_READ = "integrity.read"
    BASELINE_READ = "baseline.read"
    INCIDENT_DECLARE = "incident.declare"
    INCIDENT_READ = "incident.read"
    INCIDENT_RUN = "incident.run"
    INCIDENT_SECURITY = "incident.security"
    MAINTENANCE_READ = "maintenance.read"
    MAINTENANCE_RUN = "maintenance.run"
    ONCALL_READ = "oncall.read"
    ONCALL_SWAP = "oncall.swap"
    DEPLOYMENT_READ = "deployment.read"
    DEPLOYMENT_RUN = "deployment.run"
    TICKET_READ = "ticket.read"
    TICKET_WORK = "ticket.work"
    RUNBOOK_READ = "runbook.read"
    RUNBOOK_CONFIRM = "runbook.confirm"


def reading(action: str) -> Permission | None:
    """What lets somebody read of the resource that an action, by its name, is about; None where nothing does."""
    wanted = f"{action.partition('.')[0]}.read"
    return next((one for one in Permission if one == wanted), None)


# What a new platform grants each role; a running one is asked through `staff_role_permissions`.
# Whoever decides about a thing may read it: so security and finance read tenants, besides those of the catalogue.
# Everybody may read ACCESS: one's own is nobody's secret. And everybody may declare an incident, follow it, open
# tickets and work on them, and see who is on call.
DEFAULT_GRANTS: dict[str, frozenset[Permission]] = {
    "super_admin": frozenset(Permission),
    "admin": frozenset(
        {
            Permission.STAFF_READ,
            Permission.STAFF_OFFBOARD,
            Permission.STAFF_ONBOARD,
            Permission.STAFF_INVESTIGATE,
            Permission.PERSONAL_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_INVITE,
            Permission.USER_ROLE,
            Permission.QUEUE_READ,
            Permission.DELIVERABILITY_READ,
            Permission.DIGEST_READ,
            Permission.BILLING_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.FLAG_CHANGE,
            Permission.HOLD_READ,
            Permission.TENANT_READ,
            Permission.TENANT_APPROVE,
            Permission.TENANT_LIMIT,
            Permission.TENANT_POLICY,
            Permission.SANDBOX_CREATE,
            Permission.SETTING_READ,
            Permission.SETTING_CHANGE,
            Permission.INTEGRITY_READ,
            Permission.BASELINE_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
        }
    ),
    "user_manager": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.ROLE_CHANGE,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_INVITE,
            Permission.USER_RESET_PASSWORD,
            Permission.USER_SUSPEND,
            Permission.USER_REINSTATE,
            Permission.USER_ROLE,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
        }
    ),
    "operations": frozenset(
        {
            Permission.STAFF_READ,
            Permission.STAFF_INVESTIGATE,
            Permission.PERSONAL_READ,
            Permission.STAFF_REVOKE,
            Permission.STAFF_SUSPEND,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_SUSPEND,
            Permission.QUEUE_READ,
            Permission.JOB_READ,
            Permission.DELIVERABILITY_READ,
            Permission.DELIVERABILITY_CHANGE,
            Permission.QUEUE_PAUSE,
            Permission.QUEUE_RESUME,
            Permission.JOB_CHANGE,
            Permission.JOB_DELETE,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.ALERT_SILENCE,
            Permission.ALERT_THRESHOLD,
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.HOLD_READ,
            Permission.HOLD_CHANGE,
            Permission.TENANT_READ,
            Permission.TENANT_NOTICE,
            Permission.SETTING_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
            Permission.DEPLOYMENT_RUN,
            Permission.RUNBOOK_CONFIRM,
            Permission.MAINTENANCE_RUN,
            Permission.ONCALL_READ,
            Permission.INCIDENT_RUN,
            Permission.ONCALL_SWAP,
        }
    ),
    "security": frozenset(
        {
            Permission.STAFF_READ,
            Permission.STAFF_OFFBOARD,
            Permission.STAFF_ONBOARD,
            Permission.STAFF_INVESTIGATE,
            Permission.PERSONAL_READ,
            Permission.STAFF_REVOKE,
            Permission.STAFF_SUSPEND,
            Permission.STAFF_REINSTATE,
            Permission.ROLE_CHANGE,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_SUSPEND,
            Permission.USER_REINSTATE,
            Permission.AUDIT_READ,
            Permission.QUEUE_READ,
            Permission.QUEUE_PAUSE,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.ALERT_SILENCE,
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.HOLD_READ,
            Permission.INTEGRITY_READ,
            Permission.HOLD_CHANGE,
            Permission.READONLY_SWITCH,
            Permission.STEPUP_RESET,
            Permission.TENANT_READ,
            Permission.TENANT_NOTICE,
            Permission.TENANT_POLICY,
            Permission.SETTING_READ,
            Permission.SETTING_SECURITY,
            Permission.BASELINE_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
            Permission.RUNBOOK_CONFIRM,
            Permission.INCIDENT_SECURITY,
            Permission.INCIDENT_RUN,
            Permission.ONCALL_SWAP,
        }
    ),
    "finance": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.ACCESS_READ,
            Permission.DIGEST_READ,
            Permission.BILLING_READ,
            Permission.BILLING_AMOUNTS,
            Permission.BILLING_SYNC,
            Permission.TENANT_READ,
            Permission.TENANT_LIMIT,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
        }
    ),
    "support": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_RESET_PASSWORD,
            Permission.QUEUE_READ,
            Permission.JOB_READ,
            Permission.DELIVERABILITY_READ,
            Permission.BILLING_READ,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
            Permission.TENANT_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
        }
    ),
    "data_admin": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.AUDIT_READ,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
            Permission.INTEGRITY_READ,
            Permission.USER_ERASE,
            Permission.USER_EXPORT,
            Permission.BASELINE_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
        }
    ),
    "engineering": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.QUEUE_READ,
            Permission.JOB_READ,
            Permission.DELIVERABILITY_READ,
            Permission.QUEUE_PAUSE,
            Permission.JOB_CHANGE,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.ALERT_SILENCE,
            Permission.ALERT_THRESHOLD,
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.FLAG_CHANGE,
            Permission.HOLD_READ,
            Permission.TENANT_READ,
            Permission.SANDBOX_CREATE,
            Permission.SETTING_READ,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
            Permission.DEPLOYMENT_RUN,
            Permission.RUNBOOK_CONFIRM,
            Permission.MAINTENANCE_RUN,
            Permission.ONCALL_READ,
            Permission.INCIDENT_RUN,
            Permission.ONCALL_SWAP,
        }
    ),
    "customer_success": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.QUEUE_READ,
            Permission.DELIVERABILITY_READ,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
            Permission.TENANT_READ,
            Permission.TENANT_NOTICE,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.MAINTENANCE_READ,
            Permission.ONCALL_READ,
            Permission.RUNBOOK_READ,
            Permission.DEPLOYMENT_READ,
        }
    ),
    "qa": frozenset(
        {
            Permission.ACCESS_READ,
            Permission.FLAG_READ,
            Permission.SANDBOX_CREATE,
            Permission.INCIDENT_DECLARE,
            Permission.INCIDENT_READ,
            Permission.TICKET_READ,
            Permission.TICKET_WORK,
            Permission.ONCALL_READ,
        }
    ),
}


# Permissions of actions that other packages bring along, with the roles that have them on a new platform.
_OWN: dict[str, frozenset[str]] = {}


def own(name: str, roles: Collection[str] = ()) -> str:
    """Register a permission for an action of one's own, with the roles that have it from the start; it is returned.

    Raises `Misconfigured` for a name that is not `resource.verb`, or is one of the bot's, and for a role there is not.
    """
    if not NAME.fullmatch(name) or name in set(Permission):
        raise Misconfigured(
            f"{name} cannot be the name of a new permission: write resource.verb, and choose a name that is still free."
        )
    if strange := sorted(set(roles) - set(DEFAULT_GRANTS)):
        raise Misconfigured(f"The permission {name} names roles that do not exist: {', '.join(strange)}.")
    _OWN[name] = frozenset(roles)
    return name


def every() -> tuple[str, ...]:
    """All permissions, in order: the bot's, then those of other packages."""
    return (*(one.value for one in Permission), *_OWN)


def grants() -> tuple[tuple[str, str], ...]:
    """Which role has which on a new platform; super admins have all."""
    return tuple(
        (role, name)
        for role, granted in DEFAULT_GRANTS.items()
        for name in every()
        if name in granted or role == "super_admin" or role in _OWN.get(name, ())
    )
