"""Who is responsible: areas, matters, components and units, as a city imports them.

```
sheets.py    bytes of a CSV or GeoJSON file -> rows that know their line or feature
records.py   what a row is: Area, Matter, Component, Unit
shapes.py    polygons: read, checked, measured
reading.py   rows -> records, with every fault at its row and field
checks.py    what a set as a whole must be: a tree, no overlaps, no unknown names
atlas.py     Atlas: the area of a position, a zone, an address; one level up
catalogue.py Catalogue: lead unit, help, deadlines and ladder of a matter in an area
register.py  Register: components near a place, of a zone, of a case
tables.py    their tables
store.py     versioned import, all or nothing
router.py    LedgerRouter: what the ledger asks when a case opens
```
"""
