"""areas, matters, components, units, and who imported them"""

from alembic import op
import sqlalchemy as sa

import cases.tables

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'responsibility_imports',
        sa.Column('id', cases.tables.Serial, autoincrement=True, nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=100), nullable=False),
        sa.Column('source', sa.String(length=500), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('rows', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_responsibility_imports')),
        sa.UniqueConstraint('kind', 'version', name=op.f('uq_responsibility_imports_kind_version')),
        comment='Every import of units, areas, matters or components. The highest version is in force.',
        sqlite_autoincrement=True,
    )
    op.create_table(
        'units',
        sa.Column('id', sa.String(length=100), nullable=False),
        sa.Column('name_zh', sa.String(length=200), nullable=False),
        sa.Column('name_en', sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_units')),
        comment='Departments and companies that get cases.',
    )
    op.create_table(
        'areas',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('level', sa.String(length=20), nullable=False),
        sa.Column('name_zh', sa.String(length=200), nullable=False),
        sa.Column('name_en', sa.String(length=200), nullable=False),
        sa.Column('parent', sa.String(length=64), nullable=True),
        sa.Column('unit', sa.String(length=100), nullable=True),
        sa.Column('zones', cases.tables.Json(), nullable=False),
        sa.Column('addresses', cases.tables.Json(), nullable=False),
        sa.Column('polygon', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_areas')),
        comment='The tree of areas. Polygons are GeoJSON geometries, longitude first.',
    )
    op.create_index(op.f('ix_areas_parent'), 'areas', ['parent'])
    op.create_table(
        'matters',
        sa.Column('code', sa.String(length=64), nullable=False),
        sa.Column('area', sa.String(length=64), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('name_zh', sa.String(length=200), nullable=False),
        sa.Column('name_en', sa.String(length=200), nullable=False),
        sa.Column('parent', sa.String(length=64), nullable=True),
        sa.Column('lead_unit', sa.String(length=100), nullable=True),
        sa.Column('assisting', cases.tables.Json(), nullable=False),
        sa.Column('deadlines', cases.tables.Json(), nullable=False),
        sa.Column('policy', sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint('code', 'area', name=op.f('pk_matters')),
        comment='The catalogue. An empty area is the whole city; another one says what is different there.',
    )
    op.create_table(
        'components',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('owner_unit', sa.String(length=100), nullable=True),
        sa.Column('maintainer', sa.String(length=100), nullable=True),
        sa.Column('lat', sa.Float(), nullable=True),
        sa.Column('lon', sa.Float(), nullable=True),
        sa.Column('area', sa.String(length=64), nullable=True),
        sa.Column('zones', cases.tables.Json(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_components')),
        comment='Things of the city: bollards, hydrants, manhole covers.',
    )
    op.create_index(op.f('ix_components_area'), 'components', ['area'])
    op.create_index(op.f('ix_components_kind'), 'components', ['kind'])
    op.create_index('ix_components_position', 'components', ['lat', 'lon'])
    op.create_table(
        'component_zones',
        sa.Column('place', sa.String(length=260), nullable=False),
        sa.Column('component_id', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('place', 'component_id', name=op.f('pk_component_zones')),
        comment='Which zones watch over which components, as the register says.',
    )
    op.create_table(
        'case_components',
        sa.Column('case_id', sa.String(length=36), nullable=False),
        sa.Column('component_id', sa.String(length=64), nullable=False),
        sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(length=100), nullable=False),
        sa.Column('why', sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_components_case_id')),
        sa.PrimaryKeyConstraint('case_id', 'component_id', name=op.f('pk_case_components')),
        comment='Components that somebody linked to a case, besides those of its zone.',
    )
    op.create_index(op.f('ix_case_components_component_id'), 'case_components', ['component_id'])


def downgrade() -> None:
    for table in (
        'case_components',
        'component_zones',
        'components',
        'matters',
        'areas',
        'units',
        'responsibility_imports',
    ):
        op.drop_table(table)
