"""`manage.py serve`: the whole gallery under one parent process."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError as DatabaseTrouble
from django.db import connection

from accounts import registration
from gallery_site import preparation
from gallery_site.lifeline import die_with_parent
from gallery_site.supervision import Child, FailedToStart, keep_running


class Command(BaseCommand):
    help = "Prepare the data folder, then serve web and housekeeping until Ctrl-C or SIGTERM."
    requires_system_checks = []  # asked once the folders are there

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--end-with-parent", action="store_true", help="Stop when the process that started this one ends."
        )

    def handle(self, *args: Any, end_with_parent: bool, **options: Any) -> None:
        if end_with_parent:
            die_with_parent(os.getppid(), by=signal.SIGTERM)
        try:
            with self.own_data() as lock, self.listen() as listener:
                self.prepare()
                self.say_where(listener.getsockname()[1])
                self.serve(listener, lock.fileno())
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        self.say("Gallery has stopped.")

    @contextmanager
    def own_data(self) -> Iterator[IO[str]]:
        with ExitStack() as held:
            try:
                lock = held.enter_context(preparation.own_data())
            except preparation.DataInUse as trouble:
                raise CommandError(f"{trouble} Stop that one, or set GALLERY_DATA_DIR to another folder.") from None
            except OSError as trouble:
                raise CommandError(f"The data folder {settings.DATA_DIR} can't be used: {trouble}.") from None
            yield lock

    def listen(self) -> socket.socket:
        """The listening socket. It is the parent's, so that a restart of the web server refuses nobody."""
        address, port = settings.GALLERY_ADDRESS, settings.PORT
        try:
            return socket.create_server((address, port), backlog=1024)
        except OverflowError:
            raise CommandError(f"PORT={port} is no port: it must lie between 1 and 65535.") from None
        except PermissionError:
            raise CommandError(f"Port {port} is for the administrator: choose one above 1023, as PORT=8000.") from None
        except OSError as trouble:
            raise CommandError(
                f"Can't listen on port {port} of {address}: {os.strerror(trouble.errno or 0)}. "
                f"Stop what uses it, or choose another, as PORT={port + 1}."
            ) from None

    def prepare(self) -> None:
        try:
            if applied := preparation.migrate():
                self.say(f"Database: {len(applied)} migrations applied.")
            if not preparation.open_media():
                self.say(
                    f"WARNING: {settings.MEDIA_ROOT} does not hold the originals that the database knows. Is its disk "
                    "mounted? Nothing will be purged, and /readyz says so, until its marker file is back."
                )
            if preparation.collect_static():
                self.say("Static files: made.")
        except (OSError, DatabaseTrouble) as trouble:
            raise CommandError(f"The data in {settings.DATA_DIR} can't be used: {trouble}.") from None
        self.check()

    def say_where(self, port: int) -> None:
        site = settings.SITE_URL or f"http://localhost:{port}"
        self.say(f"\nGallery is at {site}/   (data: {settings.DATA_DIR})")
        if registration.is_first():
            if registration.is_open():
                self.say(f"There is no account yet: make the first one at {site}/accounts/register")
            self.say(f"Make an administrator with: {registration.superuser_command()}")
        self.say("Stop it with Ctrl-C.\n")
        connection.close()

    def serve(self, listener: socket.socket, lock: int) -> None:
        web = Child(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:gallery_site.gunicorn_conf"),
                *("--bind", f"fd://{listener.fileno()}"),
            ],
            inherits=(listener.fileno(), lock),
        )
        housekeeping = Child("housekeeping", [sys.executable, "manage.py", "housekeep", "--forever"], inherits=(lock,))
        os.chdir(settings.BASE_DIR)
        grace = settings.GALLERY_STOP_SECONDS + 5
        try:
            asyncio.run(keep_running([web, housekeeping], grace=grace, before_the_end=listener.close))
        except FailedToStart as trouble:
            raise CommandError(str(trouble)) from None

    def say(self, text: str) -> None:
        """For people, on standard error: standard output is the log, one JSON object a line."""
        self.stderr.write(text, style_func=str)
