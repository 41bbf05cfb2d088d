"""`manage.py recount`: prove or mend the flag and the counts that follow from the rows."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Sum

from accounts.models import User
from gallery_site.writing import writing
from images import access, ledger
from images.models import Image


class Command(BaseCommand):
    help = "Compare is_listed and all counts with what the rows say, and mend what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare; exit 1 if anything differs.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        with writing():
            wrong = self.flags(mend=not check) + self.counts(mend=not check)
        if check and wrong:
            raise CommandError(f"{wrong} differences; `manage.py recount` mends them.")
        self.stdout.write(f"{wrong} mended." if wrong else "All is right.")

    def flags(self, *, mend: bool) -> int:
        listed = Image.objects.filter(access.listed_to_everyone()).values("pk")
        missing = Image.objects.filter(is_listed=False, pk__in=listed)
        wrong = Image.objects.filter(is_listed=True).exclude(pk__in=listed)
        uids = [*missing.values_list("uid", flat=True), *wrong.values_list("uid", flat=True)]
        for uid in uids:
            self.stderr.write(f"is_listed of image {uid}")
        if mend:
            missing.update(is_listed=True)
            wrong.update(is_listed=False)
        return len(uids)

    def counts(self, *, mend: bool) -> int:
        expected = ledger.contributions(None)
        stored = Image.objects.order_by().values_list("user").annotate(n=Sum("file_size"))
        expected[(User, "storage_used")] = Counter(dict(stored))
        found = 0
        for (model, column), counts in expected.items():
            for pk, value in model._default_manager.values_list("pk", column):
                if value != counts[pk]:
                    found += 1
                    self.stderr.write(f"{model._meta.label} {pk}: {column} is {value}, should be {counts[pk]}")
                    if mend:
                        model._default_manager.filter(pk=pk).update(**{column: counts[pk]})
        return found
