"""Since when somebody has to choose a new password."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0005"
down_revision = "platform_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    op.add_column("users", sa.Column("password_reset", sa.DateTime(timezone=True), nullable=True))
    op.execute("SET LOCAL search_path = pmbot, public")
