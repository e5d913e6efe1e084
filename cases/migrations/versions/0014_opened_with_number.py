"""which numbers a span of time has, from the index alone"""

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_cases_opened_at', 'cases')
    op.create_index('ix_cases_opened_at', 'cases', ['opened_at', 'number'])


def downgrade() -> None:
    op.drop_index('ix_cases_opened_at', 'cases')
    op.create_index('ix_cases_opened_at', 'cases', ['opened_at'])
