"""Every route of the URL table, and what each principal gets from it: a line for each thing that can be asked.

A route without an entry fails `test_matrix.py`.
"""

from typing import Any

from tests.access import rules
from tests.access.calls import Call, Rule, Shown
from tests.access.gallery import COMMON, PASSWORD
from tests.access.rules import (
    EVERYONE,
    Undone,
    albums_that,
    if_,
    images_that,
    may_anyone,
    on_page,
    owning_album,
    signed_in,
    staff,
)


def reads(rule: Rule, of: str = "", **how: Any) -> Call:
    return Call("GET", rule, of, **how)


def lists(*queries: tuple[str, Shown], of: str = "", rule: Rule = EVERYONE, kind: str = "image") -> list[Call]:
    return [
        reads(rule, of, query=f"page_size=200&{query}".rstrip("&"), shown=shown, kind=kind) for query, shown in queries
    ]


def posts(rule: Rule, of: str = "", body: Any = None, **how: Any) -> Call:
    return Call("POST", rule, of, body={} if body is None else body, **how)


def puts(rule: Rule, of: str, body: Any, **how: Any) -> Call:
    return Call("PUT", rule, of, body=body, **how)


def patches(rule: Rule, of: str, body: Any, **how: Any) -> Call:
    return Call("PATCH", rule, of, body=body, **how)


def deletes(rule: Rule, of: str, **how: Any) -> Call:
    return Call("DELETE", rule, of, **how)


OWN_ALBUM, OWN_IMAGE = {"uid": "own_album"}, {"uid": "own_image"}  # in the place of what the address names
OF_IMAGE = {"uid": "image_uid"}
REPORT = {"reason": "spam", "note": "look"}

IMAGE_LISTS = [
    *lists(
        ("", images_that()),
        ("ordering=name", images_that()),
        ("ordering=-date_taken", images_that()),
        ("user=alice", images_that(rules.of("alice"))),
        ("user=sid", images_that(rules.of("sid"))),
        ("user=dora", images_that(rules.of("dora"))),
        (f"tag={COMMON}", images_that()),
        (f"any_tag={COMMON}", images_that()),
        ("camera=zq", images_that()),
        ("mime_type=image/jpeg", images_that()),
        ("taken_after=2000-01-01&uploaded_after=2000-01-01", images_that()),
        ("privacy=private", images_that(rules.set_to("private"))),
        ("privacy=inherit", images_that(rules.set_to("inherit"))),
        ("has_location=true", images_that(rules.with_place)),
        ("mine=true", images_that(rules.owned)),
        ("shared=true", images_that(rules.shared)),
        ("in_trash=true", rules.own_trash),
    ),
    *lists(("album={uid}", rules.in_album), of="album"),
    *lists(("tag={name}", rules.tagged), of="tag"),
]
SEARCHES = [
    *lists((f"query={COMMON}", images_that()), (f"q={COMMON}&has_location=true", images_that(rules.with_place))),
    *lists(("query={name}", rules.tagged), of="tag"),
    *lists((f"query={COMMON}&album={{uid}}", rules.in_album), of="album"),
]
ALBUM_LISTS = [
    *lists(
        ("", albums_that()),
        ("ordering=-updated_at", albums_that()),
        ("user=alice", albums_that(rules.of("alice"))),
        ("user=sid", albums_that(rules.of("sid"))),
        ("privacy=private", albums_that(rules.set_to("private"))),
        ("parent=root", albums_that(rules.at_top)),
        ("shared=true", albums_that(rules.shared_album)),
        ("search=zq", albums_that()),
        ("in_trash=true", rules.own_trashed_albums),
        kind="album",
    ),
    *lists(("parent={uid}", rules.children), of="album", kind="album"),
]
BATCHES = [
    posts(
        signed_in(rules.owning_image(200, trashed=400)),
        "image",
        {"operation": "tag", "image_ids": ["{uid}"], "tags": ["new"]},
    ),
    posts(
        signed_in(rules.owning_image(400, trashed=200)),
        "image",
        {"operation": "restore", "image_ids": ["{uid}"]},
    ),
    posts(
        signed_in(if_(rules.contributes, 200, 400)),
        "album",
        {"operation": "move", "image_ids": ["{own_image}"], "album_id": "{uid}"},
    ),
    posts(
        signed_in(if_(rules.sees_another, 200, 400)),
        "album",
        {
            "operation": "move",
            "image_ids": ["{own_image}"],
            "album_id": "{own_album}",
            "source_album_id": "{uid}",
        },
    ),
]

API: dict[str, list[Call]] = {
    "api/auth/register": [posts(may_anyone(400))],
    "api/auth/login": [posts(may_anyone(400))],
    "api/auth/logout": [posts(may_anyone(204))],
    "api/auth/user": [
        reads(signed_in(200)),
        patches(signed_in(200), "", {"preferences": {"theme": "dark"}}),
    ],
    "api/auth/tokens": [reads(signed_in(200)), posts(signed_in(201), body={"name": "new"})],
    "api/auth/tokens/<uuid:token_id>": [deletes(signed_in(rules.owning_token(204)), "token")],
    "api/upload": [posts(signed_in(415))],
    "api/images": IMAGE_LISTS,
    "api/images/batch": BATCHES,
    "api/images/duplicates": [reads(signed_in(200), query="page_size=200")],
    "api/images/duplicates/dismiss": [
        posts(
            signed_in(rules.owning_image(204, trashed=400)),
            "image",
            {"image_ids": ["{own_image}", "{uid}"]},
        ),
    ],
    "api/images/duplicates/merge": [
        posts(
            signed_in(rules.owning_image(200, trashed=400)),
            "image",
            {"keeper": "{own_image}", "image_ids": ["{uid}"]},
        ),
    ],
    "api/images/<uuid:uid>": [
        reads(rules.reaching_image(), "image", told=rules.image_told, thorough=True),
        puts(signed_in(rules.owning_image(200, trashed=409)), "image", {"title": "changed"}, thorough=True),
        patches(signed_in(rules.owning_image(200, trashed=409)), "image", {"title": "changed"}),
        puts(signed_in(if_(rules.contributes, 200, 400)), "album", {"album_id": "{uid}"}, at=OWN_IMAGE),
        puts(signed_in(if_(rules.contributes, 200, 400)), "album", {"album_ids": ["{uid}"]}, at=OWN_IMAGE),
        deletes(signed_in(rules.owning_image(204, trashed=204)), "image", thorough=True),
        deletes(signed_in(rules.owning_image(204, trashed=204)), "image", query="permanent=true"),
    ],
    "api/images/<uuid:uid>/restore": [posts(signed_in(rules.owning_image(200, trashed=200)), "image")],
    "api/images/<uuid:uid>/report": [posts(rules.reaching_image(201, trashed=409), "image", REPORT)],
    "api/images/<uuid:uid>/download": [reads(rules.fetching_image, "image", thorough=True)],
    "api/images/<uuid:uid>/thumbnail": [
        reads(rules.reaching_image(), "image", query="size=small", thorough=True),
        reads(rules.reaching_image(), "image", query="size=square&v=1"),
    ],
    "api/images/<uuid:uid>/edits": [
        posts(signed_in(rules.owning_image(200, trashed=409)), "image", {"operation": "rotate", "angle": 90}),
        deletes(signed_in(rules.owning_image(200, trashed=409)), "image"),
    ],
    "api/images/<uuid:uid>/edits/last": [deletes(signed_in(rules.owning_image(409, trashed=409)), "image")],
    "api/watermarks": [reads(signed_in(200)), posts(signed_in(415))],
    "api/watermarks/<uuid:uid>": [reads(signed_in(404), "image"), deletes(signed_in(404), "image")],
    "api/albums": [
        *ALBUM_LISTS,
        posts(signed_in(201), body={"name": "new"}),
        posts(signed_in(if_(rules.edits_album, 201, 400)), "album", {"name": "new", "parent_id": "{uid}"}),
    ],
    "api/albums/<uuid:uid>": [
        reads(rules.seeing_album(), "album", told=rules.album_told, thorough=True),
        puts(signed_in(owning_album(200)), "album", {"name": "changed"}, thorough=True),
        patches(signed_in(owning_album(200)), "album", {"name": "changed"}),
        puts(
            signed_in(if_(rules.inside_own, 200, 400)),
            "image",
            {"cover_image_id": "{uid}"},
            at=OWN_ALBUM,
        ),
        puts(signed_in(if_(rules.takes_own_album, 200, 400)), "album", {"parent_id": "{uid}"}, at=OWN_ALBUM),
        deletes(signed_in(owning_album(204)), "album", query="images=all", thorough=True),
        deletes(signed_in(owning_album(204, trashed=204)), "album", query="permanent=true"),
    ],
    "api/albums/<uuid:uid>/restore": [posts(signed_in(rules.restoring_album(200)), "album")],
    "api/albums/<uuid:uid>/report": [posts(rules.seeing_album(201), "album", REPORT)],
    "api/albums/<uuid:uid>/access": [reads(signed_in(owning_album(200)), "album")],
    "api/albums/<uuid:uid>/images": [
        *lists(("", rules.in_album), ("ordering=name", rules.in_album), of="album", rule=rules.seeing_album()),
        posts(signed_in(rules.contributing(200)), "album", {"image_ids": ["{own_image}"]}),
        posts(signed_in(rules.owning_image(200, trashed=400)), "image", {"image_ids": ["{uid}"]}, at=OWN_ALBUM),
        patches(signed_in(rules.ordering), "place", {"image_ids": ["{image_uid}"]}),
    ],
    "api/albums/<uuid:uid>/images/<uuid:image_uid>": [deletes(signed_in(rules.taking_out), "place")],
    "api/albums/<uuid:uid>/members": [
        reads(signed_in(owning_album(200)), "album"),
        posts(
            signed_in(owning_album(if_(rules.takes_members, 201, 400))),
            "album",
            {"username": "carol", "role": "contributor"},
        ),
    ],
    "api/albums/<uuid:uid>/members/<uuid:user_uid>": [deletes(signed_in(rules.ending_membership), "membership")],
    "api/albums/<uuid:uid>/links": [
        reads(signed_in(owning_album(200)), "album"),
        posts(signed_in(owning_album(if_(rules.takes_links, 201, 400))), "album"),
    ],
    "api/albums/<uuid:uid>/links/<uuid:link_uid>": [
        deletes(signed_in(rules.of_album_in(owning_album(204))), "link"),
    ],
    "api/search": SEARCHES,
    "api/tags": [
        reads(EVERYONE, query="page_size=200", told=rules.tags_told),
        reads(may_anyone(200), query="query=zq&limit=200"),
    ],
    "api/schema": [reads(EVERYONE)],
    "api/docs": [reads(EVERYONE)],
    "^api(/.*)?$": [],  # what no route takes: it asks nothing of nobody
}

PAGES: dict[str, list[Call]] = {
    "healthz": [reads(EVERYONE)],
    "readyz": [reads(EVERYONE)],
    "accounts/login": [reads(EVERYONE), posts(EVERYONE)],
    "accounts/register": [reads(EVERYONE), posts(EVERYONE)],
    "accounts/logout": [posts(may_anyone(302))],
    "accounts/verify/<str:token>": [],
    "accounts/password-reset": [reads(EVERYONE), posts(EVERYONE)],
    "accounts/password-reset/done": [reads(EVERYONE)],
    "accounts/password-reset/complete": [reads(EVERYONE)],
    "accounts/password-reset/<uidb64>.<token>": [],
    "account": [reads(on_page(200)), posts(on_page(200))],
    "account/email": [posts(on_page(200))],
    "account/password": [posts(on_page(200))],
    "account/verification": [posts(on_page(302))],
    "account/watermark": [posts(on_page(302))],
    "account/watermark/preview": [reads(on_page(404))],
    "account/watermark/pictures": [posts(on_page(400))],
    "account/watermark/pictures/<uuid:uid>/remove": [posts(on_page(404), "image")],
    "account/tokens": [posts(on_page(200), body={"name": "new"})],
    "account/tokens/<uuid:token_id>/revoke": [posts(on_page(rules.owning_token(302)), "token")],
    "albums": lists(("", albums_that(rules.topmost)), kind="album"),
    "albums/new": [
        reads(on_page(200)),
        posts(on_page(302), body={"name": "new", "privacy_setting": "private"}),
        posts(
            on_page(if_(rules.edits_album, 302, 400)),
            "album",
            {"name": "new", "privacy_setting": "inherit", "parent": "{uid}"},
        ),
    ],
    "albums/<uuid:uid>": lists(("", rules.in_album), of="album", rule=rules.seeing_album()),
    "albums/<uuid:uid>/edit": [
        reads(on_page(owning_album(200)), "album"),
        posts(on_page(owning_album(302)), "album", {"name": "changed", "privacy_setting": "private"}),
    ],
    "albums/<uuid:uid>/arrange": [
        reads(on_page(owning_album(200)), "album", query="page_size=200"),
        posts(on_page(rules.arranging), "place", {"last": "", "cover": "{image_uid}"}),
    ],
    "albums/<uuid:uid>/delete": [posts(on_page(owning_album(302)), "album", {"images": "all"})],
    "albums/<uuid:uid>/restore": [posts(on_page(rules.restoring_album(302)), "album")],
    "albums/<uuid:uid>/purge": [posts(on_page(rules.restoring_album(302)), "album")],
    "albums/<uuid:uid>/report": [
        reads(rules.seeing_album(), "album"),
        posts(rules.seeing_album(302), "album", REPORT),
    ],
    "albums/<uuid:uid>/sharing": [
        reads(on_page(owning_album(200)), "album"),
        posts(on_page(owning_album(302)), "album", {"privacy_setting": "private"}),
    ],
    "albums/<uuid:uid>/members": [
        reads(on_page(302), "album"),  # to the page of sharing, which looks
        posts(
            on_page(owning_album(if_(rules.takes_members, 302, 400))),
            "album",
            {"username": "carol", "role": "viewer"},
        ),
    ],
    "albums/<uuid:uid>/members/<uuid:user_uid>": [
        posts(on_page(rules.of_album_in(owning_album(302))), "membership", {"role": "contributor"}),
    ],
    "albums/<uuid:uid>/members/<uuid:user_uid>/remove": [
        posts(on_page(rules.of_album_in(owning_album(302))), "membership"),
    ],
    "albums/<uuid:uid>/mine": [
        *lists(("", rules.own_in_album), of="album", rule=on_page(rules.seeing_album())),
        posts(on_page(rules.taking_out_ones_own), "place", {"remove": "{image_uid}"}),
    ],
    "albums/<uuid:uid>/leave": [posts(on_page(rules.leaving), "album")],
    "albums/<uuid:uid>/links": [
        reads(on_page(302), "album"),
        posts(on_page(owning_album(if_(rules.takes_links, 200, 400))), "album"),
    ],
    "albums/<uuid:uid>/links/<uuid:link_uid>/revoke": [
        posts(on_page(rules.of_album_in(owning_album(302))), "link"),
    ],
    "s/<str:token>": [
        reads(rules.following, "secret", grants=rules.album_without_password),
        posts(rules.unlocking, "secret", {"password": PASSWORD}, grants=rules.opens),
    ],
    "": lists(("", images_that(rules.listed))),
    "images/<uuid:uid>": [
        reads(rules.reaching_image(trashed=302), "image"),
        reads(
            lambda reading, who, place: rules.reaching_image(trashed=302)(reading, who, place[1]),
            "place",
            query="album={uid}",
            at=OF_IMAGE,
            shown=rules.beside_in_album,
            bold=False,
        ),
        posts(rules.owning_image(302, trashed=403), "image", {"title": "changed", "privacy_setting": "private"}),
    ],
    "images/<uuid:uid>/edits": [posts(on_page(rules.owning_image(302, trashed=403)), "image", {"deed": "left"})],
    "images/<uuid:uid>/trash": [posts(on_page(rules.owning_image(302, trashed=403)), "image")],
    "images/<uuid:uid>/report": [
        reads(rules.reaching_image(), "image"),
        posts(rules.reaching_image(302, trashed=403), "image", REPORT),
    ],
    "duplicates": [reads(on_page(200)), posts(on_page(400))],
    "renditions/<str:shelf>/<uuid:uid>/<int:version>/<str:name>": [  # for whoever has it signed, and that by us
        reads(may_anyone(403), "image"),
        reads(may_anyone(403), "image", query="expires=9999999999&sig=AAAA&edge_sig=AAAA"),
    ],
    "public/<str:shelf>/<uuid:uid>/<int:version>/<str:name>": [  # not there where no shared cache is set
        reads(may_anyone(404), "image"),
    ],
    "search": lists((f"query={COMMON}", images_that())),
    "tags": [reads(may_anyone(200), query="page_size=200")],
    "tags/<str:slug>": lists(("", rules.tagged), of="tag", rule=rules.meeting_tag),
    "u/<str:username>": lists(("", rules.of_person), of="person", rule=rules.active_person),
    "upload": [reads(on_page(200)), posts(on_page(400), body={"title": "no file"})],
    "library": [
        *lists(("", images_that(rules.owned)), rule=on_page(200)),
        posts(
            on_page(if_(rules.edits, 302, 400)),
            "image",
            {"deed": "privacy", "privacy_setting": "public", "image_ids": "{uid}"},
        ),
        posts(
            on_page(if_(rules.contributes, 302, 400)),
            "album",
            {"deed": "place", "album": "{uid}", "image_ids": "{own_image}"},
        ),
    ],
    "shared": lists(("", albums_that(rules.topmost_shared)), rule=on_page(200), kind="album"),
    "trash": [
        *lists(("", rules.own_trash), rule=on_page(200)),
        posts(on_page(if_(rules.in_own_trash, 302, 400)), "image", {"deed": "restore", "image_ids": "{uid}"}),
    ],
}


def model_pages(
    path: str,
    of: str,
    *,
    listing: Call,
    change: Rule,
    add: Rule,
    delete: Rule,
    history: Rule,
    deleted: Rule | None = None,
) -> dict[str, list[Call]]:
    """The pages that the admin has for every model, below `path`; `deleted` is what a POST to delete gets."""
    one = f"{path}<path:object_id>/"
    return {
        path: [listing],
        f"{path}add/": [reads(add), posts(add)],
        one: [reads(staff(302), of)],
        f"{one}change/": [reads(change, of)],
        f"{one}delete/": [reads(delete, of), posts(deleted or delete, of, {"post": "yes"})],
        f"{one}history/": [reads(history, of)],
    }


def read_by_administrators(path: str, of: str = "", **how: Rule) -> dict[str, list[Call]]:
    """Rows that administrators look at and nobody changes here."""
    rule, never = staff(403, 200), staff(403)
    gone = staff(403, Undone(302))  # of what is not there the admin says so on its first page
    pages = {
        "change": rule if of else gone,
        "add": never,
        "delete": never,
        "history": rule if of else staff(Undone(302)),
    }
    return model_pages(path, of or "row", listing=reads(rule), **(pages | how))


def desk(path: str, of: str) -> dict[str, list[Call]]:
    """The pages on which moderators decide about images or albums."""
    pages = model_pages(
        path,
        of,
        listing=reads(staff(200), query="all=", told=rules.desk_told),
        change=staff(rules.on_desk(200)),
        add=staff(403),
        delete=staff(403),
        history=staff(302),
    )
    hide = {"action": "hide", "_selected_action": "{object_id}", "confirm": "yes", "reason": "because"}
    pages[path].append(posts(staff(rules.on_desk(302)), of, hide))
    return pages


ADMIN: dict[str, list[Call]] = {
    "admin/": [reads(staff(200))],
    "admin/login/": [reads(may_anyone(302))],
    "admin/logout/": [posts(may_anyone(302))],
    "admin/password_change/": [reads(staff(302))],
    "admin/password_change/done/": [reads(staff(200))],
    "admin/autocomplete/": [reads(staff(403))],
    "admin/jsi18n/": [reads(staff(200))],
    "admin/r/<path:content_type_id>/<path:object_id>/": [reads(staff(404), "image"), reads(staff(404), "album")],
    "admin/<app_label>/": [reads(staff(rules.of_desk_app, 200), "app")],
    "admin/<url>": [reads(staff(404), "app", at={"url": "app_label"})],
    **model_pages(
        "admin/accounts/user/",
        "person",
        listing=reads(staff(403, 200)),
        change=staff(403, 200),
        add=staff(403, 200),
        delete=staff(403),
        history=staff(403, 200),
    ),
    "admin/accounts/user/<id>/password/": [reads(staff(403, 200), "person"), posts(staff(403, 200), "person")],
    **read_by_administrators("admin/accounts/bearertoken/", "token", delete=staff(403, 200), deleted=staff(403, 302)),
    **read_by_administrators("admin/accounts/auditentry/"),
    **read_by_administrators("admin/auth/group/", "group"),
    **desk("admin/albums/album/", "album"),
    **desk("admin/images/image/", "image"),
    "admin/images/image/look": [
        reads(staff(403, 200)),
        posts(staff(403, 200), "image", {"image": "{uid}", "reason": "because"}, grants=rules.look),
    ],
    **read_by_administrators("admin/images/blockedhash/"),
    **read_by_administrators(
        "admin/images/tag/",
        "tag",
        change=staff(403, rules.on_desk(200)),
        history=staff(rules.on_desk(403), rules.on_desk(200)),
    ),
}

MATRIX = API | PAGES | ADMIN
