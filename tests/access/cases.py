"""The cases of docs/access.md as data: who is looking, what states albums and images can be in, and who may what then.

The tables of the document are written from here (`document.py`), and the tests hold the product against the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Who is looking: the name used here, and what the document calls him.
PRINCIPALS = {
    "owner": "owner",
    "member": "member, viewer",
    "contributor": "member, contributor",
    "stranger": "stranger",
    "nobody": "nobody",
    "link": "link",
    "part link": "link to the part",
    "locked link": "locked link",
    "unlocked link": "unlocked link",
    "expired link": "expired link",
    "moderator": "moderator",
}

Who = frozenset[str]
NO_ONE: Who = frozenset()
EVERYONE: Who = frozenset(PRINCIPALS)
OWNER: Who = frozenset({"owner"})
MEMBERS: Who = frozenset({"member", "contributor"})
CONTRIBUTOR: Who = frozenset({"contributor"})
LINKS: Who = frozenset({"link", "unlocked link"})
PART: Who = frozenset({"part link"})
MODERATOR: Who = frozenset({"moderator"})
LET_IN = OWNER | MEMBERS | LINKS

Says = Mapping[str, bool]


@dataclass(frozen=True)
class AlbumCase:
    """An album at the end of `chain`, the privacies from the top of its tree down to itself.

    Every album of the chain that has a policy of its own has its viewer, its contributor, a link, a link with a
    password and an expired link; the second of the chain, where it inherits, has the link to the part. `hidden` and
    `says` go by the place in the chain, 0 being the top.
    """

    words: str
    chain: tuple[str, ...]
    seen: Who
    by: str = "alice"
    hidden: int | None = None
    trashed: bool = False
    reported: bool = False
    says: Mapping[int, Says] = field(default_factory=dict)
    links_say: Says = field(default_factory=dict)


@dataclass(frozen=True)
class ImageCase:
    """An image of `by`, in the album of an album case or in none. `seen`, `fetched` and `placed` are who sees it, who
    may download it and who learns where it was taken; `edited` who may change it."""

    words: str
    privacy: str
    seen: Who
    fetched: Who
    placed: Who
    edited: Who
    album: str = ""
    by: str = "alice"
    hidden: bool = False
    trashed: bool = False
    reported: bool = False


ALBUMS = {
    "private": AlbumCase("private", ("private",), OWNER),
    "shared": AlbumCase("shared", ("shared",), LET_IN),
    "public": AlbumCase("public", ("public",), EVERYONE),
    "below private": AlbumCase("inherits from a private one", ("private", "inherit"), OWNER),
    "below shared": AlbumCase("inherits from a shared one", ("shared", "inherit"), LET_IN | PART),
    "2 below shared": AlbumCase(
        "inherits from a shared one, two levels up", ("shared", "inherit", "inherit"), LET_IN | PART
    ),
    "3 below shared": AlbumCase(
        "inherits from a shared one, three levels up", ("shared", *["inherit"] * 3), LET_IN | PART
    ),
    "below public": AlbumCase("inherits from a public one", ("public", "inherit"), EVERYONE),
    "3 below public": AlbumCase("inherits from a public one, three levels up", ("public", *["inherit"] * 3), EVERYONE),
    "private in public": AlbumCase("private, in a public one", ("public", "private"), OWNER),
    "below private in public": AlbumCase(
        "inherits from a private one in a public one", ("public", "private", "inherit"), OWNER
    ),
    "shared in public": AlbumCase("shared, in a public one", ("public", "shared"), LET_IN),
    "public in private": AlbumCase("public, in a private one", ("private", "public"), EVERYONE),
    "hidden": AlbumCase("public, hidden by a moderator", ("public",), OWNER | MODERATOR, hidden=0),
    "below hidden": AlbumCase("inherits from a hidden one", ("public", "inherit"), OWNER | MODERATOR, hidden=0),
    "public in hidden": AlbumCase("public by itself, in a hidden one", ("public", "public"), EVERYONE, hidden=0),
    "hidden shared": AlbumCase("shared, hidden by a moderator", ("shared",), OWNER | MODERATOR, hidden=0),
    "hidden part": AlbumCase(
        "inherits from a public one through a hidden one", ("public", *["inherit"] * 2), OWNER | MODERATOR, hidden=1
    ),
    "reported": AlbumCase("shared, reported", ("shared",), LET_IN | MODERATOR, reported=True),
    "reported private": AlbumCase("reported, then made private", ("private",), OWNER | MODERATOR, reported=True),
    "trashed": AlbumCase("public, in the trash", ("public",), NO_ONE, trashed=True),
    "suspended public": AlbumCase("public, of a suspended owner", ("public",), MODERATOR, by="sid"),
    "suspended shared": AlbumCase("shared, of a suspended owner", ("shared",), NO_ONE, by="sid"),
    "suspended trashed": AlbumCase(
        "public, of a suspended owner, in the trash", ("public",), NO_ONE, by="sid", trashed=True
    ),
    "shows places": AlbumCase("public, shows places", ("public",), EVERYONE, says={0: {"show_location": True}}),
    "inherits places": AlbumCase(
        "inherits from one that shows places", ("public", "inherit"), EVERYONE, says={0: {"show_location": True}}
    ),
    "denies places": AlbumCase(
        "inherits from one that shows places, but shows none itself",
        ("public", "inherit"),
        EVERYONE,
        says={0: {"show_location": True}, 1: {"show_location": False}},
    ),
    "no download": AlbumCase("public, without downloads", ("public",), EVERYONE, says={0: {"allow_download": False}}),
    "generous links": AlbumCase(
        "shared, without downloads or places; its links allow both",
        ("shared",),
        LET_IN,
        says={0: {"allow_download": False, "show_location": False}},
        links_say={"allow_download": True, "show_location": True},
    ),
    "strict links": AlbumCase(
        "shared, with downloads and places; its links allow neither",
        ("shared",),
        LET_IN,
        says={0: {"allow_download": True, "show_location": True}},
        links_say={"allow_download": False, "show_location": False},
    ),
}


def _seen_by(
    words: str,
    privacy: str,
    others: Who,
    *,
    fetched: Who | None = None,
    placed: Who = NO_ONE,
    owner: Who = OWNER,
    **how: str | bool,
) -> ImageCase:
    """The owner may all with it; `others` see it, and download it unless `fetched` says who of them."""
    return ImageCase(
        words,
        privacy,
        owner | others,
        owner | (others if fetched is None else fetched),
        owner | placed,
        owner,
        **how,  # type: ignore[arg-type]
    )


IMAGES = [
    _seen_by("private, in no album", "private", NO_ONE),
    _seen_by("as its albums, in no album", "inherit", NO_ONE),
    _seen_by("public, in no album", "public", EVERYONE),
    _seen_by("as its albums, in a private one", "inherit", NO_ONE, album="private"),
    _seen_by("public, in a private one", "public", EVERYONE, album="private"),
    _seen_by("as its albums, in a shared one", "inherit", LET_IN, album="shared"),
    _seen_by("private, in a shared one", "private", NO_ONE, album="shared"),
    _seen_by("public, in a shared one", "public", EVERYONE, album="shared"),
    _seen_by("as its albums, one level below a shared one", "inherit", LET_IN | PART, album="below shared"),
    _seen_by("as its albums, three levels below a shared one", "inherit", LET_IN | PART, album="3 below shared"),
    _seen_by("as its albums, in a public one", "inherit", EVERYONE, album="public"),
    _seen_by("private, in a public one", "private", NO_ONE, album="public"),
    _seen_by("as its albums, three levels below a public one", "inherit", EVERYONE, album="3 below public"),
    _seen_by("as its albums, in a private one in a public one", "inherit", NO_ONE, album="below private in public"),
    _seen_by("as its albums, in a public one in a private one", "inherit", EVERYONE, album="public in private"),
    # moderation
    _seen_by("public, hidden by a moderator", "public", MODERATOR, fetched=NO_ONE, hidden=True),
    _seen_by(
        "as its albums, in a shared one, hidden", "inherit", MODERATOR, fetched=NO_ONE, album="shared", hidden=True
    ),
    _seen_by("as its albums, in a hidden one", "inherit", MODERATOR, fetched=NO_ONE, album="below hidden"),
    _seen_by("public, in a hidden one", "public", EVERYONE, album="hidden"),
    _seen_by(
        "as its albums, in a shared one, reported",
        "inherit",
        LET_IN | MODERATOR,
        fetched=LET_IN,
        album="shared",
        reported=True,
    ),
    _seen_by("reported, then made private", "private", MODERATOR, fetched=NO_ONE, reported=True),
    _seen_by("as its albums, in a reported one", "inherit", LET_IN | MODERATOR, fetched=LET_IN, album="reported"),
    _seen_by("private, in a reported one", "private", NO_ONE, album="reported"),
    _seen_by("as its albums, in one reported, then made private", "inherit", NO_ONE, album="reported private"),
    # the trash
    ImageCase("public, in the trash", "public", NO_ONE, OWNER, OWNER, NO_ONE, trashed=True),
    _seen_by("as its albums, in one in the trash", "inherit", NO_ONE, album="trashed"),
    _seen_by("public, in one in the trash", "public", EVERYONE, album="trashed"),
    # a suspended owner
    _seen_by("public, of a suspended owner", "public", MODERATOR, fetched=NO_ONE, owner=NO_ONE, by="sid"),
    _seen_by(
        "as its albums, in a public one of a suspended owner",
        "inherit",
        MODERATOR,
        fetched=NO_ONE,
        owner=NO_ONE,
        album="suspended public",
        by="sid",
    ),
    _seen_by(
        "as its albums, in a shared one of a suspended owner",
        "inherit",
        NO_ONE,
        owner=NO_ONE,
        album="suspended shared",
        by="sid",
    ),
    _seen_by(
        "as its albums, in a public one of a suspended owner, in the trash",
        "inherit",
        NO_ONE,
        owner=NO_ONE,
        album="suspended trashed",
        by="sid",
    ),
    _seen_by("private, of a suspended owner", "private", NO_ONE, owner=NO_ONE, by="sid"),
    # what contributors added to albums of the owner; dora's preferences are those of who never said anything
    _seen_by("added to a shared one", "inherit", OWNER | MEMBERS, owner=CONTRIBUTOR, album="shared", by="dora"),
    _seen_by("added to a public one", "inherit", OWNER | MEMBERS, owner=CONTRIBUTOR, album="public", by="dora"),
    _seen_by("added to a public one, public", "public", EVERYONE, owner=CONTRIBUTOR, album="public", by="dora"),
    _seen_by("added to a shared one, private", "private", NO_ONE, owner=CONTRIBUTOR, album="shared", by="dora"),
    _seen_by("added to one that is private by now", "inherit", OWNER, owner=CONTRIBUTOR, album="private", by="dora"),
    _seen_by(
        "added to a hidden one", "inherit", MODERATOR, fetched=NO_ONE, owner=CONTRIBUTOR, album="hidden", by="dora"
    ),
    _seen_by(
        "added to one of a suspended owner", "inherit", NO_ONE, owner=CONTRIBUTOR, album="suspended public", by="dora"
    ),
    _seen_by(
        "added to a shared one by one who is suspended", "inherit", NO_ONE, owner=NO_ONE, album="shared", by="sid"
    ),
    _seen_by(
        "added to a public one by one who is suspended", "inherit", NO_ONE, owner=NO_ONE, album="public", by="sid"
    ),
    _seen_by(
        "added to one that shows places", "inherit", OWNER | MEMBERS, owner=CONTRIBUTOR, album="shows places", by="dora"
    ),
    _seen_by(
        "added to one without downloads", "inherit", OWNER | MEMBERS, owner=CONTRIBUTOR, album="no download", by="dora"
    ),
    # don contributes too; he lets places be seen and nothing be downloaded
    _seen_by(
        "added by one who shows places and allows no download",
        "inherit",
        OWNER | MEMBERS,
        fetched=NO_ONE,
        placed=OWNER | MEMBERS,
        owner=NO_ONE,
        album="shared",
        by="don",
    ),
    _seen_by(
        "public, of one who shows places and allows no download",
        "public",
        EVERYONE,
        fetched=NO_ONE,
        placed=EVERYONE,
        owner=NO_ONE,
        by="don",
    ),
    # what albums and links say of places and downloads
    _seen_by("in one that shows places", "inherit", EVERYONE, placed=EVERYONE, album="shows places"),
    _seen_by("private, in one that shows places", "private", NO_ONE, album="shows places"),
    _seen_by("in one that inherits showing places", "inherit", EVERYONE, placed=EVERYONE, album="inherits places"),
    _seen_by("in one that shows none, in one that does", "inherit", EVERYONE, album="denies places"),
    _seen_by("in one without downloads", "inherit", EVERYONE, fetched=NO_ONE, album="no download"),
    _seen_by("public, in one without downloads", "public", EVERYONE, album="no download"),
    _seen_by(
        "in one without either, whose links allow both",
        "inherit",
        LET_IN,
        fetched=LINKS,
        placed=LINKS,
        album="generous links",
    ),
    _seen_by(
        "in one with both, whose links allow neither",
        "inherit",
        LET_IN,
        fetched=MEMBERS,
        placed=MEMBERS,
        album="strict links",
    ),
]
