"""groups of zones, and what vehicles look like"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('zone_group', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('appearance', sa.String(length=512), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('appearance')
        batch_op.drop_column('zone_group')
