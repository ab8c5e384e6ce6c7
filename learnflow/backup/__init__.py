"""Both stores and the uploads, saved at one point in time and brought back.

folder.py     where backups lie, and how one comes to be there whole or not at all
manifest.py   what a backup says of itself, and whether it is true
tables.py     PostgreSQL: rows out of a snapshot and into empty tables
uploads.py    files
saving.py     `manage.py backup`
restoring.py  `manage.py restore`, with target.py: what stands where it is to go
"""


class CannotBackUp(Exception):
    """No backup was made; the message says why, in one sentence."""


class CannotRestore(Exception):
    """The message says why, and what was changed, if anything."""
