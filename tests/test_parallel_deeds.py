"""Thirty requests at a time on the same tree by two people: none fails, and what they leave fits together."""

import json
import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.pictures import jpeg
from tests.serving import PATIENCE, Server, until
from tests.test_killed_uploads import Client, token_on

pytestmark = [pytest.mark.xdist_group("serving"), pytest.mark.fault]

AT_ONCE = 30
EACH = 6  # requests of each thread
IMAGES = 8  # of each person
REFUSALS = {400, 403, 404, 409}  # what somebody else's deed may have made of a request; none is a mistake of ours


class Person(Client):
    """Somebody with a token, and what there is for him to work on."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__(server, token_on(server, name))
        self.images = [self.upload(jpeg(seed=hash_of(name, n))) for n in range(IMAGES)]
        self.albums: list[str] = []

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        status, answer, _ = self.ask(method, path, content, **{"Content-Type": "application/json"}, **headers)
        return status, json.loads(answer) if answer else None

    def plant(self, name: str, parent: str | None = None, **said: Any) -> str:
        status, album = self.send("POST", "/api/albums", {"name": name, "parent_id": parent, **said})
        assert status == 201, album
        self.albums.append(album["id"])
        return str(album["id"])


def hash_of(name: str, number: int) -> int:
    return sum(name.encode()) * 1_000 + number


def deed(person: Person, shared: list[str], dice: random.Random) -> tuple[str, str, Any]:
    """Any request of this person: method, path, body. He owns some of the albums and contributes to the others."""
    images = dice.sample(person.images, dice.randint(1, IMAGES))
    album, other = dice.choice(shared), dice.choice([None, *person.albums])
    own = dice.choice(person.albums)
    batch = {"image_ids": images}
    return dice.choice(
        [
            ("POST", f"/api/albums/{album}/images", batch),
            ("POST", f"/api/albums/{album}/images", batch | {"position": dice.randint(0, 4)}),
            ("PATCH", f"/api/albums/{own}/images", batch),
            ("DELETE", f"/api/albums/{album}/images/{images[0]}", None),
            ("PATCH", f"/api/albums/{own}", {"parent_id": other}),
            ("PATCH", f"/api/albums/{own}", {"privacy_setting": dice.choice(["shared", "public", "private"])}),
            ("DELETE", f"/api/albums/{own}?images={dice.choice(['keep', 'orphans', 'all'])}", None),
            ("POST", f"/api/albums/{own}/restore", None),
            ("POST", "/api/images/batch", batch | {"operation": "move", "album_id": album}),
            ("POST", "/api/images/batch", batch | {"operation": "tag", "tags": [dice.choice("abc")]}),
            ("POST", "/api/images/batch", batch | {"operation": "untag", "tags": [dice.choice("abc")]}),
            ("POST", "/api/images/batch", batch | {"operation": "privacy", "privacy_setting": "inherit"}),
            ("POST", "/api/images/batch", batch | {"operation": dice.choice(["delete", "restore"])}),
            ("PUT", f"/api/images/{images[0]}", {"album_ids": [own], "tags": ["d"]}),
            ("POST", f"/api/images/{images[0]}/restore", None),
            ("GET", f"/api/albums/{album}", None),
            ("GET", "/api/images", None),
        ]
    )


@pytest.fixture
def server(tmp_path: Path) -> Any:
    data = tmp_path / "data"
    data.mkdir()
    server = Server(data, RATELIMIT_ENABLE="0")
    yield server
    server.process.terminate()
    server.process.wait(PATIENCE)


def test_thirty_at_a_time(server: Server) -> None:
    ann, ben = Person(server, "ann"), Person(server, "ben")
    for person in (ann, ben):
        top = person.plant("top", privacy_setting="shared")
        middle = person.plant("middle", top)
        person.plant("leaf", middle)
        person.plant("other", privacy_setting="public")
    for person, guest in ((ann, "ben"), (ben, "ann")):
        for album in (person.albums[0], person.albums[3]):
            body = {"username": guest, "role": "contributor"}
            assert person.send("POST", f"/api/albums/{album}/members", body)[0] == 201
    shared = ann.albums + ben.albums
    wrong: list[tuple[int, str, str, Any]] = []
    statuses: Counter[int] = Counter()
    together = threading.Barrier(AT_ONCE)

    def work(number: int) -> None:
        dice = random.Random(number)
        person = (ann, ben)[number % 2]
        together.wait()
        for _ in range(EACH):
            method, path, body = deed(person, shared, dice)
            status, answer = person.send(method, path, body)
            statuses[status] += 1
            if status not in REFUSALS and status >= 300:
                wrong.append((status, method, path, answer))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert statuses.total() == AT_ONCE * EACH
    assert statuses[200] + statuses[204] > AT_ONCE
    assert_it_fits_together(server.data)


def test_the_same_key_thirty_times(server: Server) -> None:
    """One request is done, and all are told the same."""
    ann = Person(server, "ann")
    body = {"operation": "delete", "image_ids": ann.images}
    together = threading.Barrier(AT_ONCE)
    answers = []

    def work() -> None:
        together.wait()
        answers.append(ann.send("POST", "/api/images/batch", body, **{"Idempotency-Key": "k"}))

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == AT_ONCE
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0][0], answers[0][1]["processed"]) == (200, IMAGES)
    assert_it_fits_together(server.data)


def test_emptying_the_trash_while_it_fills(server: Server) -> None:
    """A purge with its files, while the others write: nobody waits for ever, and what was restored is not purged."""
    ann = Person(server, "ann")
    ann.plant("A")
    together = threading.Barrier(4)
    statuses: list[int] = []

    def work(number: int) -> None:
        together.wait()
        for image in ann.images[number::4]:
            for method, path in (("DELETE", ""), ("DELETE", "?permanent=true")):
                statuses.append(ann.send(method, f"/api/images/{image}{path}")[0])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [204] * IMAGES * 2
    originals = server.data / "media" / "originals"
    until(lambda: not list(originals.rglob("*.jpg")), "the files are removed")
    assert_it_fits_together(server.data)


def assert_it_fits_together(data: Path) -> None:
    """Counts, flags and the tree are what the rows say (a circle would be found), and no order was lost."""
    told = subprocess.run(
        [sys.executable, "manage.py", "recount", "--check"],
        cwd=settings.BASE_DIR,
        env={"GALLERY_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    with closing(sqlite3.connect(data / "gallery.sqlite3")) as database:
        places = database.execute("SELECT album_id, display_order FROM images_albumimage").fetchall()
        deepest = database.execute("SELECT max(length(path)) FROM albums_album").fetchone()[0]
    assert len(set(places)) == len(places)
    assert (deepest or 0) <= 70
