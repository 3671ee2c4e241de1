"""What a member of staff may do. Names read `resource.verb`; who holds them is a matter of the database."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may allow. The value is `permissions.name` on the platform."""

    STAFF_READ = "staff.read"
    STAFF_REVOKE = "staff.revoke"
    STAFF_SUSPEND = "staff.suspend"
    STAFF_REINSTATE = "staff.reinstate"
    STAFF_LINK = "staff.link"
    PERSONAL_READ = "personal.read"
    AUDIT_READ = "audit.read"


# What a new platform grants each role; a running one is asked through `staff_role_permissions`.
DEFAULT_GRANTS: dict[str, frozenset[Permission]] = {
    "super_admin": frozenset(Permission),
    "admin": frozenset({Permission.STAFF_READ, Permission.PERSONAL_READ}),
    "user_manager": frozenset({Permission.STAFF_READ, Permission.PERSONAL_READ}),
    "operations": frozenset(
        {Permission.STAFF_READ, Permission.PERSONAL_READ, Permission.STAFF_REVOKE, Permission.STAFF_SUSPEND}
    ),
    "security": frozenset(
        {
            Permission.STAFF_READ,
            Permission.PERSONAL_READ,
            Permission.STAFF_REVOKE,
            Permission.STAFF_SUSPEND,
            Permission.STAFF_REINSTATE,
            Permission.AUDIT_READ,
        }
    ),
    "finance": frozenset({Permission.STAFF_READ, Permission.PERSONAL_READ}),
    "support": frozenset({Permission.STAFF_READ}),
    "qa": frozenset(),
}
