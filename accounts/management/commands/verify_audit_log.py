"""`manage.py verify_audit_log`: is the audit log as it was written?"""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from accounts.models import AuditLog
from accounts.services.audit import CHAINS, verify_chain
from learnflow.progress_bar import ProgressBar


class Command(BaseCommand):
    help = (
        "Compute every hash of the audit log anew and say which rows were changed, put in or taken out. Exits with 1 "
        "when there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # a chain of a large log takes longer than a page may
        with ProgressBar(self.stdout) as bar:
            bar.begin("Chains", CHAINS)
            broken = verify_chain(on_chain=bar.advance)
        for each in broken:
            what = "was changed" if each.content_changed else "doesn't follow the row before it"
            self.stdout.write(self.style.ERROR(f"Row {each.audit_log_id} of chain {each.chain} {what}."))
        if broken:
            raise SystemExit(1)
        rows = AuditLog.objects.count()
        self.stdout.write(self.style.SUCCESS(f"The audit log is whole: {rows:,} rows in {CHAINS} chains."))
