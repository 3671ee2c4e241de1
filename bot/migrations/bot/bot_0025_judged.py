"""What a request was judged by is kept with it: another policy can be tried on it, and its card can name the entries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "bot_0025"
down_revision = "bot_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposals", sa.Column("judged", JSONB(), nullable=True), schema="pmbot")
