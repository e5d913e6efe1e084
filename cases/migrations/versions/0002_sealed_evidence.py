"""sealed evidence"""

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('packets',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('device', sa.String(length=130), nullable=False),
    sa.Column('chain', sa.String(length=32), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=True),
    sa.Column('stay_id', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=44), nullable=False),
    sa.Column('signature', sa.String(length=88), nullable=False),
    sa.Column('manifest', sa.Text(), nullable=False),
    sa.Column('received_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_packets')),
    comment='Sealed evidence, by the SHA-256 of its manifest: whatever came is kept, also what does not fit.'
    )
    with op.batch_alter_table('packets', schema=None) as batch_op:
        batch_op.create_index('ix_packets_chain', ['device', 'chain', 'number'], unique=False)
        batch_op.create_index(batch_op.f('ix_packets_stay_id'), ['stay_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('packets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_packets_stay_id'))
        batch_op.drop_index('ix_packets_chain')

    op.drop_table('packets')
