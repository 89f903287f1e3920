"""users: role, password, when they were created and changed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What 0001 did not know gets a default: earlier users are plain ones, and have no password to log in with.
    op.add_column("users", sa.Column("role", sa.String(8), nullable=False, server_default="user"))
    op.create_check_constraint("ck_users_role", "users", "role IN ('admin', 'user')")
    op.add_column("users", sa.Column("password_hash", sa.Text(), nullable=True))
    for name in ("created_at", "updated_at"):
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        op.add_column("users", column)


def downgrade() -> None:
    for name in ("updated_at", "created_at", "password_hash", "role"):
        op.drop_column("users", name)
