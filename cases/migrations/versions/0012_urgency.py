"""which notices go before others, and what one recipient was told lately"""

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

INTENDED = sa.text("state = 'intended'")
TOLD = sa.text("done_at IS NULL AND lane = 'voice'")


def upgrade() -> None:
    for table in ('steps', 'notices'):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column('urgent', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_steps_told', 'steps', ['urgent', 'due_at'], sqlite_where=TOLD, postgresql_where=TOLD)
    op.create_index('ix_notices_recipient', 'notices', ['recipient', 'intended_at'])
    op.drop_index('ix_notices_pending', 'notices')
    op.create_index('ix_notices_pending', 'notices', ['urgent', 'next_try_at'],
        sqlite_where=INTENDED, postgresql_where=INTENDED)


def downgrade() -> None:
    op.drop_index('ix_notices_pending', 'notices')
    op.create_index('ix_notices_pending', 'notices', ['next_try_at'],
        sqlite_where=INTENDED, postgresql_where=INTENDED)
    op.drop_index('ix_notices_recipient', 'notices')
    op.drop_index('ix_steps_told', 'steps')
    for table in ('notices', 'steps'):
        with op.batch_alter_table(table) as batch:
            batch.drop_column('urgent')
