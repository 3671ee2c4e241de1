"""Accounts, tenants and what they own are found by the beginning of a name, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None

BEGINS = {
    "users": ("email", "name", "family_name"),
    "tenants": ("name",),
    "companies": ("name", "workspace_name"),
    "domains": ("domain",),
}
ACCENTED = "áàâäãåāăąčćçďđéèêëěęēğíìîïīłľñńňóòôöõőøřśšşťúùûüůűýÿžźż"
PLAIN = "aaaaaaaaacccddeeeeeeegiiiiillnnnooooooorssstuuuuuuyyzzz"


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    for table, columns in BEGINS.items():
        for column in columns:
            folded = f"translate(lower({column}), '{ACCENTED}', '{PLAIN}')"
            letters = {"folded": "text_pattern_ops"}
            key: sa.ColumnElement[str] = sa.literal_column(folded).label("folded")
            op.create_index(f"ix_{table}_{column}_begins", table, [key], postgresql_ops=letters)
    op.create_index("ix_tenants_words", "tenants", [sa.text("to_tsvector('simple', name)")], postgresql_using="gin")
    op.execute("SET LOCAL search_path = pmbot, public")
