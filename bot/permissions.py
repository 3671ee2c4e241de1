"""What a staff member may do. Names read `resource.verb`; who holds them is a matter of the database."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may allow. The value is `permissions.name` on the platform."""

    STAFF_READ = "staff.read"
    STAFF_REVOKE = "staff.revoke"
    STAFF_SUSPEND = "staff.suspend"
    STAFF_REINSTATE = "staff.reinstate"
    STAFF_LINK = "staff.link"
    ROLE_CHANGE = "role.change"
    ACCESS_READ = "access.read"
    PERSONAL_READ = "personal.read"
    AUDIT_READ = "audit.read"
    QUEUE_READ = "queue.read"
    QUEUE_PAUSE = "queue.pause"
    QUEUE_RESUME = "queue.resume"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    ALERT_SILENCE = "alert.silence"
    DIGEST_READ = "digest.read"
    BILLING_READ = "billing.read"
    BILLING_AMOUNTS = "billing.amounts"
    USER_READ = "user.read"
    USER_SUSPEND = "user.suspend"
    USER_REINSTATE = "user.reinstate"
    USER_ROLE = "user.role"
    FLAG_READ = "flag.read"
    FLAG_OFF = "flag.off"
    FLAG_CHANGE = "flag.change"
    HOLD_READ = "hold.read"
    HOLD_CHANGE = "hold.change"
    READONLY_SWITCH = "readonly.switch"


def reading(action: str) -> Permission | None:
    """What lets somebody read of the resource that an action, by its name, is about; None where nothing does."""
    wanted = f"{action.partition('.')[0]}.read"
    return next((one for one in Permission if one == wanted), None)


# What a new platform grants each role; a running one is asked through `staff_role_permissions`.
# Everybody may read ACCESS: one's own is nobody's secret.
DEFAULT_GRANTS: dict[str, frozenset[Permission]] = {
    "super_admin": frozenset(Permission),
    "admin": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_ROLE,
            Permission.QUEUE_READ,
            Permission.DIGEST_READ,
            Permission.BILLING_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.FLAG_CHANGE,
            Permission.HOLD_READ,
        }
    ),
    "user_manager": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.ROLE_CHANGE,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_SUSPEND,
            Permission.USER_REINSTATE,
            Permission.USER_ROLE,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
        }
    ),
    "operations": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.STAFF_REVOKE,
            Permission.STAFF_SUSPEND,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.USER_SUSPEND,
            Permission.QUEUE_READ,
            Permission.QUEUE_PAUSE,
            Permission.QUEUE_RESUME,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.ALERT_SILENCE,
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.HOLD_READ,
            Permission.HOLD_CHANGE,
        }
    ),
    "security": frozenset(
        {
            Permission.STAFF_READ,
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
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.HOLD_READ,
            Permission.HOLD_CHANGE,
            Permission.READONLY_SWITCH,
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
        }
    ),
    "support": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.QUEUE_READ,
            Permission.BILLING_READ,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
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
        }
    ),
    "engineering": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.QUEUE_READ,
            Permission.QUEUE_PAUSE,
            Permission.DIGEST_READ,
            Permission.FLAG_READ,
            Permission.FLAG_OFF,
            Permission.FLAG_CHANGE,
            Permission.HOLD_READ,
        }
    ),
    "customer_success": frozenset(
        {
            Permission.STAFF_READ,
            Permission.ACCESS_READ,
            Permission.USER_READ,
            Permission.QUEUE_READ,
            Permission.FLAG_READ,
            Permission.HOLD_READ,
        }
    ),
    "qa": frozenset({Permission.ACCESS_READ, Permission.FLAG_READ}),
}
