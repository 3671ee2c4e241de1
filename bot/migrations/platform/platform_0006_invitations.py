"""Invitations to tenants, until somebody accepts them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "platform_0006"
down_revision = "platform_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    op.create_table(
        "tenant_invitations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{member}'"), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("accepted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_invitations_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_tenant_invitations_invited_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_invitations")),
    )
    op.create_index(
        "uq_tenant_invitations_open",
        "tenant_invitations",
        ["tenant_id", sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("accepted IS NULL AND withdrawn IS NULL"),
    )
    op.execute("SET LOCAL search_path = pmbot, public")
