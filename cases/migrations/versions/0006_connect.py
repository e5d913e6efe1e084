"""who hears of case events, and how far each has come"""

from alembic import op
import sqlalchemy as sa

import cases.tables

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('subscriptions',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('held_until', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('paused_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('why', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_subscriptions')),
    comment='Who hears of case events, up to which row of the outbox, and how the receiver is doing.'
    )
    op.create_table('deliveries',
    sa.Column('subscription', sa.String(length=100), nullable=False),
    sa.Column('outbox_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('enqueued_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('first_try_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('next_try_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('settled_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('subscription', 'outbox_id', name=op.f('pk_deliveries')),
    comment='One event on its way to one subscriber. Of those of one case that wait, only the oldest has a '
    '`next_try_at`: the others come after it.'
    )
    for name, columns, where in (
        ('due', ['subscription', 'next_try_at', 'outbox_id'], "state = 'waiting' AND next_try_at IS NOT NULL"),
        ('waiting', ['subscription', 'case_id', 'outbox_id'], "state = 'waiting'"),
        ('dead', ['subscription', 'outbox_id'], "state = 'dead'"),
        ('delivered', ['settled_at'], "state = 'delivered'"),
    ):
        op.create_index(f'ix_deliveries_{name}', 'deliveries', columns,
                        sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table('deliveries')
    op.drop_table('subscriptions')
