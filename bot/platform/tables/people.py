"""People: accounts, staff members, their roles and permissions, sessions and logins."""

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.platform.tables.base import Created, Flag, Id, PlatformBase, Updated, UserRef, begins, vocabulary

UserStatus = Literal["active", "suspended", "deleted"]
SessionKind = Literal["staff", "tenant"]


class User(PlatformBase):
    """An account, of a customer or of staff; what makes somebody staff is a row in `staff_members`."""

    __tablename__ = "users"

    id: Mapped[Id]
    created: Mapped[Created]
    updated: Mapped[Updated]
    deleted: Mapped[datetime | None]
    name: Mapped[str]
    family_name: Mapped[str | None]
    given_name: Mapped[str | None]
    email: Mapped[str]
    picture: Mapped[str | None]
    email_verified: Mapped[Flag]
    status: Mapped[UserStatus] = mapped_column(Text, server_default="active")
    status_reason: Mapped[str | None]
    # Since when the old password no longer counts; null: it does.
    password_reset: Mapped[datetime | None]

    __table_args__ = (
        vocabulary("status", UserStatus),
        # One living account per address; a deleted one leaves its address free.
        Index("uq_users_email", func.lower(text("email")), unique=True, postgresql_where=text("deleted IS NULL")),
        Index("ix_users_given_name", func.lower(text("given_name"))),
        begins("users", "email"),
        begins("users", "name"),
        begins("users", "family_name"),
    )


class StaffMember(PlatformBase):
    """Grants a user access to the administration while `is_active`."""

    __tablename__ = "staff_members"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    notes: Mapped[str | None]
    created: Mapped[Created]
    updated: Mapped[Updated]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class StaffRole(PlatformBase):
    __tablename__ = "staff_roles"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)


class PlatformPermission(PlatformBase):
    """One thing a role may allow; `name` is a value of `bot.permissions.Permission` or another tool's."""

    __tablename__ = "permissions"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]


class StaffRolePermission(PlatformBase):
    __tablename__ = "staff_role_permissions"

    role_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_roles.id"), primary_key=True)
    permission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("permissions.id"), primary_key=True, index=True)


class StaffMemberRole(PlatformBase):
    """A role held, until `expires` if that is set."""

    __tablename__ = "staff_member_roles"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_members.user_id"), primary_key=True)
    role_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_roles.id"), primary_key=True, index=True)
    granted_by: Mapped[UserRef | None]
    granted: Mapped[Created]
    expires: Mapped[datetime | None]


class LoginSession(PlatformBase):
    """A sign-in. In force while not `revoked`, not past `expires`, and for staff seen within 30 minutes."""

    __tablename__ = "sessions"

    id: Mapped[Id]
    user_id: Mapped[UserRef]
    kind: Mapped[SessionKind] = mapped_column(Text, server_default="tenant")
    # Deferred, and not granted to the bot: it has no business with what a session proves itself by.
    token_hash: Mapped[str] = mapped_column(unique=True, deferred=True)
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    created: Mapped[Created]
    last_seen: Mapped[datetime] = mapped_column(server_default=func.now())
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]
    revoked_by: Mapped[UserRef | None]

    __table_args__ = (
        vocabulary("kind", SessionKind),
        Index("ix_sessions_user_id_kind", "user_id", "kind", postgresql_where=text("revoked IS NULL")),
        Index("ix_sessions_user_id_created", "user_id", "created"),
    )


class LoginEvent(PlatformBase):
    """An attempt to sign in. `user_id` is null where the address belongs to nobody."""

    __tablename__ = "login_events"

    id: Mapped[Id]
    user_id: Mapped[UserRef | None]
    email: Mapped[str]
    succeeded: Mapped[bool]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(None, "user_id", "at"),
        Index("ix_login_events_failed", "at", postgresql_where=text("NOT succeeded")),
    )
