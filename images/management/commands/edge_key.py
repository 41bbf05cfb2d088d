"""`manage.py edge_key`: what a front server needs to check signed addresses by itself, as a line of nginx's."""

from typing import Any

from django.core.management.base import BaseCommand

from images.signing import edge_key


class Command(BaseCommand):
    help = "Print the key of signed addresses for deploy/nginx.conf. It follows from SECRET_KEY; keep it as secret."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"set $gallery_edge_key {edge_key()};")
