"""the whole life of a case: departments' states, decisions, deadlines, commands, silences"""

from datetime import timedelta

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

IS_OPEN = "state IN ('discovered', 'assessed', 'accepted', 'handling')"
NOT_CLOSED = "state <> 'closed'"
ARCHIVE_AFTER = timedelta(days=30)
AT_ONCE = 1000


def where(text: str) -> dict[str, sa.TextClause]:
    return {'sqlite_where': sa.text(text), 'postgresql_where': sa.text(text)}


def upgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('policy_version', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('policy_digest', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('plate_text', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('area', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('area_path', sa.String(length=500), server_default='', nullable=False))
        batch_op.add_column(sa.Column('escalated', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('handed_by', sa.String(length=100), server_default='', nullable=False))
        batch_op.add_column(sa.Column('assisting', cases.tables.Json(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('position_lat', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('position_lon', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('assessed_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('accepted_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('started_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('feedback_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('archived_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('decisions', cases.tables.Json(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('duties', cases.tables.Json(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('rule', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('dismissed_as', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('merged_into', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('incidents', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('sources', cases.tables.Json(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('components', cases.tables.Json(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('enforceable', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_index('uq_cases_one_open_per_incident', **where(NOT_CLOSED))
        batch_op.drop_index('ix_cases_unseen', **where(f'{NOT_CLOSED} AND unseen_since IS NOT NULL'))
        batch_op.create_index('uq_cases_one_open_per_incident', ['dedup_key'], unique=True, **where(IS_OPEN))
        batch_op.create_index('ix_cases_unseen', ['unseen_since'], **where(f'{IS_OPEN} AND unseen_since IS NOT NULL'))
        batch_op.create_index('ix_cases_source', ['source', 'opened_at'])
        batch_op.create_index('ix_cases_state', ['state', 'number'])
        batch_op.create_index('ix_cases_unit', ['unit', 'number'])
        batch_op.create_index('ix_cases_area_path', ['area_path', 'number', 'unit', 'matter'])
        batch_op.create_index('ix_cases_plate', ['plate_text', 'matter', 'opened_at'], **where('plate_text IS NOT NULL'))
        batch_op.create_index('ix_cases_merged', ['merged_into'], **where('merged_into IS NOT NULL'))
        batch_op.create_index('ix_cases_matter', ['matter', 'number'])
        batch_op.create_index('ix_cases_zone', ['zone', 'number'])
        batch_op.create_index('ix_cases_closed', ['closed_at'])
        batch_op.create_index('ix_cases_open', ['number'], **where(IS_OPEN))
        batch_op.create_index('ix_cases_open_unit', ['unit', 'number'], **where(IS_OPEN))
        batch_op.create_index('ix_cases_open_area', ['area_path', 'number'], **where(IS_OPEN))
        batch_op.create_index('ix_cases_open_matter', ['matter', 'source'], **where(IS_OPEN))
        batch_op.create_index('ix_cases_open_position', ['matter', 'position_lat', 'position_lon'],
                              **where(f'{IS_OPEN} AND position_lat IS NOT NULL'))

    with op.batch_alter_table('steps', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lane', sa.String(length=8), server_default='voice', nullable=False))
        batch_op.drop_index('ix_steps_due', **where('done_at IS NULL'))
        batch_op.create_index('ix_steps_due', ['lane', 'due_at'], **where('done_at IS NULL'))

    op.create_table('deadlines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('unit', sa.String(length=100), nullable=False),
    sa.Column('area_path', sa.String(length=500), nullable=False),
    sa.Column('began_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('due_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_deadlines_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadlines')),
    comment='What has to be done by when, and by whom; and when a closed case goes into the archive.',
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('deadlines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deadlines_case_id'), ['case_id'])
        batch_op.create_index('ix_deadlines_due', ['due_at'], **where('done_at IS NULL'))

    op.create_table('commands',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('change', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_commands_case_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_commands')),
    comment='Commands that came with an idempotency key, and what became of them the first time.'
    )
    with op.batch_alter_table('commands', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commands_case_id'), ['case_id'])

    op.create_table('silences',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('place', sa.String(length=500), nullable=False),
    sa.Column('matter', sa.String(length=64), nullable=False),
    sa.Column('since', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('author', sa.String(length=100), nullable=False),
    sa.Column('made_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_silences')),
    comment='Where no steps are taken for a while, why, and who said so.'
    )
    with op.batch_alter_table('silences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_silences_until'), ['until'])
    fill_in()


def fill_in() -> None:
    """Plates of old cases as a column of their own, and old closed cases on their way into the archive."""
    connection = op.get_bind()
    old = sa.table('cases', *(sa.column(name, kind) for name, kind in (
        ('number', sa.BigInteger()), ('id', sa.String()), ('unit', sa.String()), ('state', sa.String()),
        ('plate', cases.tables.Json()), ('plate_text', sa.String()),
        ('closed_at', cases.tables.UtcDateTime(timezone=True)))))
    due = sa.table('deadlines', *(sa.column(name, kind) for name, kind in (
        ('case_id', sa.String()), ('name', sa.String()), ('unit', sa.String()), ('area_path', sa.String()),
        ('began_at', cases.tables.UtcDateTime(timezone=True)),
        ('due_at', cases.tables.UtcDateTime(timezone=True)))))
    last = 0
    while True:
        rows = connection.execute(
            sa.select(old).where(old.c.number > last).order_by(old.c.number).limit(AT_ONCE)).mappings().all()
        if not rows:
            return
        last = rows[-1]['number']
        plates = [{'n': row['number'], 't': row['plate']['text']} for row in rows if row['plate']]
        if plates:
            connection.execute(sa.update(old).where(old.c.number == sa.bindparam('n'))
                               .values(plate_text=sa.bindparam('t')), plates)
        shelved = [{'case_id': row['id'], 'name': 'archive', 'unit': row['unit'], 'area_path': '',
                    'began_at': row['closed_at'], 'due_at': row['closed_at'] + ARCHIVE_AFTER}
                   for row in rows if row['state'] == 'closed' and row['closed_at']]
        if shelved:
            connection.execute(sa.insert(due), shelved)


def downgrade() -> None:
    op.drop_table('silences')
    op.drop_table('commands')
    op.drop_table('deadlines')
    with op.batch_alter_table('steps', schema=None) as batch_op:
        batch_op.drop_index('ix_steps_due', **where('done_at IS NULL'))
        batch_op.drop_column('lane')
        batch_op.create_index('ix_steps_due', ['due_at'], **where('done_at IS NULL'))
    with op.batch_alter_table('cases', schema=None) as batch_op:
        for name, text in (
            ('ix_cases_open_position', f'{IS_OPEN} AND position_lat IS NOT NULL'),
            ('ix_cases_matter', None), ('ix_cases_zone', None), ('ix_cases_closed', None),
            ('ix_cases_open', IS_OPEN), ('ix_cases_open_unit', IS_OPEN), ('ix_cases_open_area', IS_OPEN),
            ('ix_cases_open_matter', IS_OPEN), ('ix_cases_merged', 'merged_into IS NOT NULL'),
            ('ix_cases_plate', 'plate_text IS NOT NULL'), ('ix_cases_area_path', None),
            ('ix_cases_unit', None), ('ix_cases_state', None), ('ix_cases_source', None),
            ('ix_cases_unseen', f'{IS_OPEN} AND unseen_since IS NOT NULL'),
            ('uq_cases_one_open_per_incident', IS_OPEN)):
            batch_op.drop_index(name, **({} if text is None else where(text)))
        for name in (
            'enforceable', 'components', 'sources', 'incidents', 'merged_into', 'dismissed_as', 'rule', 'duties',
            'decisions', 'archived_at', 'feedback_at', 'started_at', 'accepted_at', 'assessed_at',
            'position_lon', 'position_lat', 'assisting', 'handed_by', 'escalated', 'area_path', 'area',
            'plate_text', 'policy_digest', 'policy_version'):
            batch_op.drop_column(name)
        batch_op.create_index('uq_cases_one_open_per_incident', ['dedup_key'], unique=True, **where(NOT_CLOSED))
        batch_op.create_index('ix_cases_unseen', ['unseen_since'], **where(f'{NOT_CLOSED} AND unseen_since IS NOT NULL'))
