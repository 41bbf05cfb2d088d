"""The OpenAPI document: valid, complete, and true of what is answered."""

import functools
import re
import uuid
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from albums import sharing, tree
from albums.models import ShareLink
from conftest import PASSWORD
from gallery_site import api_urls
from images import near_pairs, placing, store
from images.likeness import tones_of
from images.tests.rows import image_row
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db


@functools.cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_it_is_valid() -> None:
    assert document()["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document()).validate()


def test_making_it_warns_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
    assert not dict(GENERATOR_STATS._warn_cache)
    assert not dict(GENERATOR_STATS._error_cache)


def routes() -> set[str]:
    """Every path below /api as the document writes it."""
    named = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern)) for route in api_urls.urlpatterns}
    return {f"/api/{path}" for path in named}


def test_every_route_is_in_it() -> None:
    assert all(isinstance(route, URLPattern) for route in api_urls.urlpatterns)
    assert get_resolver().resolve("/api/images").func.view_class.__name__ == "ImagesView"
    assert routes() - {"/api/schema", "/api/docs"} == set(document()["paths"]) - {"/api/schema"}


def test_every_method_of_a_route_is_in_it() -> None:
    for route in api_urls.urlpatterns:
        path = "/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern))
        view = route.callback.view_class
        methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        if path not in ("/api/schema", "/api/docs"):
            assert methods == set(document()["paths"][path]) - {"parameters"}, path


def test_every_operation_tells_its_errors_in_one_shape() -> None:
    names = []
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and path != "/api/schema":
                    shape = answer["content"]["application/json"]["schema"]
                    allowed = {"#/components/schemas/Error", "#/components/schemas/UploadResults"}
                    told = {part["$ref"] for part in shape.get("oneOf", [shape])}
                    assert told <= allowed, (path, method, status)
    assert len(names) == len(set(names))


# --- True of what is answered -------------------------------------------------------------------------------------


@pytest.fixture
def media(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / store.MARKER).touch()


def hold_against_the_document(client: APIClient, method: str, path: str, data: Any = None, **how: Any) -> Any:
    """Ask, and validate the answer against the document, strictly: no field that it does not name."""
    answer = getattr(client, method)(path, data, **how)
    pattern, operations = next(
        (pattern, operations)
        for pattern, operations in sorted(document()["paths"].items(), key=lambda item: "{" in item[0])
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path.split("?")[0])
    )
    responses = operations[method]["responses"]
    assert str(answer.status_code) in responses, (pattern, answer.status_code, answer.content)
    told = responses[str(answer.status_code)]
    if "content" not in told:
        assert answer.content == b""
        return answer
    assert answer["Content-Type"].split(";")[0] in told["content"]
    shape = told["content"]["application/json"]["schema"]
    whole = {"$ref": "#/$defs/asked", "$defs": {"asked": shape}, "components": _strict(document()["components"])}
    problems = list(Draft202012Validator(whole).iter_errors(answer.json()))
    assert not problems, f"{method} {path}: {problems[0].json_path}: {problems[0].message}"
    return answer


def _strict(node: Any) -> Any:
    """The same schemas, where an object holds no other property than those named."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _strict(value) for name, value in node.items()}
    if made.get("type") == "object" and isinstance(made.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


@pytest.fixture
def library(alice: User, carol: User) -> dict[str, uuid.UUID]:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    child = tree.plant(owner=alice, name="B", parent=album)
    image = image_row(
        alice,
        title="sunset",
        album=album,
        tags=["sea"],
        placeholder="data:,",
        dominant_color="#00ff00",
        metadata={"date_taken": "2021-01-01T00:00:00", "location_lat": 1.5, "location_lon": 2.5, "iso": 100},
    )
    placing.add([image.pk], to=child, by=alice)
    other = image_row(alice, title="plain")
    sharing.let_in(carol, into=album, by=alice)
    sharing.make_link(album, by=alice)
    for alike in (image, other):
        near_pairs.liken(alike, likeness=0, tones=tones_of(bytes(48)))
    return {"album": album.uid, "child": child.uid, "image": image.uid, "other": other.uid, "nothing": uuid.uuid4()}


READS = [
    "/api/images",
    "/api/images?page_size=1",
    "/api/images?page_size=0",
    "/api/images/{image}",
    "/api/images/{other}",
    "/api/images/{nothing}",
    "/api/images/{image}/thumbnail?size=huge",
    "/api/images/{image}/thumbnail?format=gif",
    "/api/images/{nothing}/thumbnail",
    "/api/images/{nothing}/download",
    "/api/images/duplicates",
    "/api/images/duplicates?page_size=0",
    "/api/albums",
    "/api/albums?parent=top",
    "/api/albums/{album}",
    "/api/albums/{child}",
    "/api/albums/{nothing}",
    "/api/albums/{album}/access",
    "/api/albums/{child}/access",
    "/api/albums/{nothing}/access",
    "/api/albums/{album}/images",
    "/api/albums/{album}/images?ordering=size",
    "/api/albums/{album}/members",
    "/api/albums/{nothing}/members",
    "/api/albums/{album}/links",
    "/api/albums/{nothing}/links",
    "/api/watermarks",
    "/api/watermarks/{nothing}",
    "/api/search?query=sunset",
    "/api/search?query=(((",
    "/api/tags",
    "/api/tags?limit=0",
    "/api/auth/user",
    "/api/auth/tokens",
]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("who", ["alice", "carol", None])
def test_reads(
    who: str | None, path: str, library: dict[str, uuid.UUID], media: None, request: pytest.FixtureRequest
) -> None:
    client = APIClient()
    if who:
        client.force_login(request.getfixturevalue(who))
    hold_against_the_document(client, "get", path.format(**library))


def test_writes(library: dict[str, uuid.UUID], media: None, alice: User, carol: User) -> None:
    client = APIClient()
    client.force_login(alice)
    ask = functools.partial(hold_against_the_document, client)
    files = {"files": [SimpleUploadedFile("a.jpg", jpeg()), SimpleUploadedFile("b.txt", b"text")]}
    image, other, album = (
        f"/api/{kind}s/{library[name]}" for kind, name in [("image", "image"), ("image", "other"), ("album", "album")]
    )
    alike, copies = "/api/images/duplicates", [image_row(alice).uid for _ in range(2)]
    batch = {"operation": "tag", "image_ids": [str(library["image"]), str(library["other"])], "tags": ["c"]}
    for status, method, path, data, how in [
        (207, "post", "/api/upload", files, {"format": "multipart"}),
        (201, "post", "/api/upload", {"files": SimpleUploadedFile("a.jpg", jpeg())}, {"format": "multipart"}),
        (415, "post", "/api/upload", {"files": SimpleUploadedFile("a.txt", b"text")}, {"format": "multipart"}),
        (400, "post", "/api/upload", {"files": SimpleUploadedFile("a.jpg", b"")}, {"format": "multipart"}),
        (400, "post", "/api/upload", {}, {"format": "multipart"}),
        (415, "post", "/api/upload", {}, {"format": "json"}),
        (200, "put", image, {"title": "new", "tags": ["b"]}, {}),
        (200, "patch", image, {"rating": 3}, {}),
        (201, "post", f"{image}/report", {"reason": "other", "note": "Look."}, {}),
        (200, "post", f"{image}/report", {"reason": "spam"}, {}),
        (400, "post", f"{image}/report", {"reason": "ugly"}, {}),
        (201, "post", f"{album}/report", {"reason": "spam"}, {}),
        (400, "put", image, {"title": 3, "unknown": 1}, {}),
        (412, "put", image, {"title": "late"}, {"headers": {"If-Match": '"x"'}}),
        (200, "post", "/api/images/batch", batch, {"headers": {"Idempotency-Key": "k"}}),
        (409, "post", "/api/images/batch", batch | {"tags": ["d"]}, {"headers": {"Idempotency-Key": "k"}}),
        (400, "post", "/api/images/batch", batch | {"operation": "restore"}, {}),
        (404, "post", "/api/images/batch?dry_run=true", batch | {"image_ids": [str(library["nothing"])]}, {}),
        (204, "delete", other, None, {}),
        (409, "put", other, {"title": "in the trash"}, {}),
        (409, "post", f"{other}/report", {"reason": "spam"}, {}),
        (200, "post", f"{other}/restore", None, {}),
        (201, "post", "/api/albums", {"name": "N"}, {}),
        (400, "post", "/api/albums", {}, {}),
        (200, "put", f"{album}?dry_run=true", {"privacy_setting": "private"}, {}),
        (
            200,
            "patch",
            f"{album}?dry_run=true",
            {"watermark": {"kind": "text", "text": "M"}, "allow_download": False},
            {},
        ),
        (400, "put", f"{album}?dry_run=true", {"privacy_setting": "inherit"}, {}),
        (200, "put", album, {"name": "M"}, {}),
        (200, "patch", album, {"cover_image_id": None}, {}),
        (200, "post", f"{album}/images", {"image_ids": [str(library["other"])]}, {}),
        (404, "post", f"{album}/images", {"image_ids": [str(library["nothing"])]}, {}),
        (200, "patch", f"{album}/images", {"image_ids": [str(library["other"])]}, {}),
        (200, "delete", f"{album}/images/{library['other']}", None, {}),
        (200, "post", f"{album}/members", {"username": "carol", "role": "contributor"}, {}),
        (400, "post", f"{album}/members", {"username": "nosuch"}, {}),
        (204, "delete", f"{album}/members/{carol.uid}", None, {}),
        (201, "post", f"{album}/members", {"username": "carol"}, {}),
        (201, "post", f"{album}/links", {"password": "x", "expires_at": "2999-01-01T00:00:00Z"}, {}),
        (400, "post", f"{album}/links", {"password": ""}, {}),
        (204, "delete", f"{album}/links/{ShareLink.objects.last().uid}", None, {}),
        (204, "delete", album, None, {}),
        (200, "post", f"{album}/restore", None, {}),
        (204, "post", f"{alike}/dismiss", {"image_ids": [str(library["image"]), str(library["other"])]}, {}),
        (400, "post", f"{alike}/dismiss", {"image_ids": [str(library["image"])]}, {}),
        (400, "post", f"{alike}/merge", {"keeper": str(library["nothing"]), "image_ids": []}, {}),
        (200, "post", f"{alike}/merge", {"keeper": str(copies[0]), "image_ids": [str(copies[1])]}, {}),
        (200, "patch", "/api/auth/user", {"preferences": {"theme": "dark"}}, {}),
        (200, "patch", "/api/auth/user", {"watermark": {"kind": "text", "text": "© A"}}, {}),
        (400, "patch", "/api/auth/user", {"watermark": {"kind": "text"}}, {}),
        (200, "patch", album, {"watermark": {"kind": "none"}}, {}),
        (201, "post", "/api/albums", {"name": "N", "watermark": {"kind": "text", "text": "x"}}, {}),
        (201, "post", "/api/watermarks", {"picture": SimpleUploadedFile("a.png", jpeg())}, {"format": "multipart"}),
        (400, "post", "/api/watermarks", {"picture": "x"}, {"format": "multipart"}),
        (200, "get", "/api/watermarks", None, {}),
        (204, "post", "/api/auth/logout", None, {}),
        (401, "put", image, {"title": "x"}, {}),
        (200, "post", "/api/auth/login", {"username": "carol", "password": PASSWORD}, {}),
        (403, "put", image, {"title": "x"}, {}),
        (403, "post", "/api/images/batch", batch | {"image_ids": [str(library["image"])]}, {}),
        (404, "put", other, {"title": "x"}, {}),
        (404, "post", f"{other}/report", {"reason": "spam"}, {}),
    ]:
        assert ask(method, path, data, **how).status_code == status, (method, path)


# --- The page that shows it ---------------------------------------------------------------------------------------


def test_it_is_served(client: Any) -> None:
    answer = client.get("/api/schema")
    assert answer.status_code == 200
    assert b"openapi: 3.1" in answer.content


def test_the_docs_need_no_other_host_and_obey_the_csp(client: Any) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    html = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    for address in re.findall(r"""(?:src|href)=["']([^"']+)""", html):
        assert address.startswith(("/", "data:")), address
        assert not address.startswith("//"), address
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", html)
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)


def test_the_docs_find_their_parts(client: Any) -> None:
    """Every script and style that the page names is there; the last one says where the document is."""
    html = client.get("/api/docs").content.decode()
    parts = re.findall(r"""<(?:script|link)[^>]*(?:src|href)=["']([^"']+)""", html)
    assert len(parts) == 5
    for address in parts:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    script = client.get(next(address for address in parts if address.startswith("/api/docs")))
    assert script["Content-Type"].startswith("application/javascript")
    assert b'"/api/schema"' in script.content
