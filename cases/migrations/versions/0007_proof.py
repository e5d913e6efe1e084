"""the audit is chained, sealed by the day and guarded; holds and purges"""

from alembic import op
import sqlalchemy as sa
import cases.tables
from cases.trail import guard as trail_guard
from cases.trail.backfill import chain_old_entries

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('trail_heads',
    sa.Column('chain', sa.String(length=160), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_trail_heads')),
    comment='Where each chain of the audit ends. Locked by whoever makes it longer.'
    )
    op.create_table('trail_days',
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('shard', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entries', sa.BigInteger(), nullable=False),
    sa.Column('sum', sa.String(length=64), nullable=False),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'shard', name=op.f('pk_trail_days')),
    comment='How many audit entries each day has, and the sum of their hashes: in rows for many writers.'
    )
    op.create_table('trail_seals',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('entries', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=44), nullable=True),
    sa.Column('signature', sa.String(length=88), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_trail_seals')),
    sa.UniqueConstraint('day', name=op.f('uq_trail_seals_day')),
    comment='One seal a finished day, over all its audit entries and the seal before.'
    )
    op.create_table('trail_gate',
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('reason', name=op.f('pk_trail_gate')),
    comment='Empty but inside a purge: its row lets that one transaction blank what the rules say.'
    )
    op.create_table('legal_holds',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('since', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=100), nullable=False),
    sa.Column('why', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_legal_holds_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_legal_holds')),
    comment='Cases of which nothing is purged while the row stands.'
    )
    op.create_table('purges',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.Column('class', sa.String(length=20), nullable=False),
    sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('rule', sa.String(length=200), nullable=False),
    sa.Column('items', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purges')),
    comment='What was purged of which case; its proof is the audit entry of the same moment.',
    sqlite_autoincrement=True
    )
    op.create_index('uq_purges_case_id_class', 'purges', ['case_id', 'class'], unique=True)
    # Columns are added in place: a table built anew would lose its triggers.
    op.add_column('audit', sa.Column('chain', sa.String(length=160), server_default='', nullable=False))
    op.add_column('audit', sa.Column('number', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('audit', sa.Column('day', sa.String(length=10), server_default='', nullable=False))
    op.add_column('audit', sa.Column('leaves', cases.tables.Json(), nullable=True))
    op.add_column('audit', sa.Column('previous', sa.String(length=64), server_default='', nullable=False))
    op.add_column('audit', sa.Column('hash', sa.String(length=64), server_default='', nullable=False))
    chain_old_entries(op.get_bind())
    op.create_index('ix_audit_day', 'audit', ['day'])
    op.create_index('uq_audit_chain_number', 'audit', ['chain', 'number'], unique=True)
    trail_guard.install(op.get_bind())


def downgrade() -> None:
    trail_guard.remove(op.get_bind())
    op.drop_index('uq_audit_chain_number', 'audit')
    op.drop_index('ix_audit_day', 'audit')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        for name in ('hash', 'previous', 'leaves', 'day', 'number', 'chain'):
            batch_op.drop_column(name)
    for name in ('purges', 'legal_holds', 'trail_gate', 'trail_seals', 'trail_days', 'trail_heads'):
        op.drop_table(name)
