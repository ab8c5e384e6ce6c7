"""Columns whose case is kept but never tells two people apart.

`filter(email=...)` anywhere, also in a library, then means lower(email) = lower(...), which is what the unique index is
on; the plain comparison would miss people and read the whole table.
"""

from django.db import models
from django.db.models.lookups import Exact


class WhateverCase(Exact):
    def process_lhs(self, compiler, connection, lhs=None):
        sql, params = compiler.compile(lhs or self.lhs)
        return f"lower({sql})", params

    def process_rhs(self, compiler, connection):
        sql, params = super().process_rhs(compiler, connection)
        return f"lower({sql})", params


class CaselessCharField(models.CharField):
    pass


class CaselessEmailField(models.EmailField):
    pass


class WebAddressField(models.URLField):
    """An address of the web; one typed without a scheme means https, as it will in Django 6."""

    def formfield(self, **options):
        return super().formfield(**{"assume_scheme": "https", **options})

    def deconstruct(self):
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.URLField", args, options


for field in (CaselessCharField, CaselessEmailField):
    field.register_lookup(WhateverCase)
    field.register_lookup(WhateverCase, "iexact")
