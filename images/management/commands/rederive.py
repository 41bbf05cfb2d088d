"""`manage.py rederive`: the renditions of all images once more, or those that are missing; and what they are like."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from gallery_site.stopping import stoppable
from images.models import Image
from images.rederiving import Done, rederive
from images.renditions import EXTENSIONS, LADDER, SQUARE, RenditionKey

BAR = 30  # characters
STATE = "rederive.json"  # in the data folder: how far a run came that did not end


class Command(BaseCommand):
    help = (
        "Make the JPEG renditions of every image again, on all cores, and find duplicates among those that came before"
        " this was looked for. Stopped, it goes on from there when run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--missing", action="store_true", help="only those whose file is not there")
        parser.add_argument(
            "--size", action="append", choices=[*map(str, LADDER), SQUARE], help="one of them; may be given often"
        )
        parser.add_argument(
            "--format", dest="form", choices=list(EXTENSIONS), default="jpeg", help="jpeg when not given"
        )
        parser.add_argument("--restart", action="store_true", help="from the first image, whatever was done before")

    def handle(self, *args: Any, restart: bool, **options: Any) -> None:
        same = "the same command without --restart" if restart else "the same command"
        with stoppable(self, f"Run {same} again: it goes on after what is done."):
            self._rederive(restart=restart, **options)

    def _rederive(self, *, missing: bool, size: list[str] | None, form: str, restart: bool, **options: Any) -> None:
        sizes = size or [*map(str, LADDER), SQUARE]
        keys = [RenditionKey.parse(f"{name}.{EXTENSIONS[form]}") for name in sizes]  # type: ignore[index]
        asked = {"sizes": sizes, "format": form, "missing": missing}
        after = 0 if restart else self._reached(asked)
        total = Image.objects.filter(pk__gt=after).count()
        if after:
            self.stdout.write(f"Going on after image {after}.")
        number = made = likened = failed = 0
        for number, done in enumerate(rederive(keys, missing=missing, after=after), 1):
            made += done.made
            likened += done.likened
            failed += self._told(done)
            self._keep({**asked, "after": done.upto})
            self._progress(number, total)
        self._state.unlink(missing_ok=True)
        self.stdout.write(f"{number} images: {made} renditions made, {failed} images could not be developed.")
        if likened:
            self.stdout.write(f"{likened} images from before duplicates were looked for are found as such now.")

    @property
    def _state(self) -> Any:
        return settings.DATA_DIR / STATE

    def _reached(self, asked: dict[str, Any]) -> int:
        """The key up to which the same was done by a run that was stopped; 0 where there was none."""
        try:
            state = json.loads(self._state.read_text())
        except (FileNotFoundError, ValueError):
            return 0
        after = state.pop("after", 0)
        return after if state == asked else 0

    def _keep(self, state: dict[str, Any]) -> None:
        """Whole or not at all, whenever it is stopped."""
        fresh = self._state.with_suffix(".new")
        fresh.write_text(json.dumps(state))
        fresh.replace(self._state)

    def _told(self, done: Done) -> bool:
        if done.trouble:
            self.stderr.write(f"\nimage {done.image.uid}: {done.trouble}")
        return bool(done.trouble)

    def _progress(self, done: int, of: int) -> None:
        if sys.stderr.isatty() and of:
            filled = min(BAR, BAR * done // of)
            bar = f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done} of {of}"
            self.stderr.write(bar, ending="" if done < of else "\n")
