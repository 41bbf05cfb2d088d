"""What a watermark is: a line of text or a picture over what others see. Pure values; `images.marking` draws them."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, Self, cast, get_args

Kind = Literal["text", "image"]
Position = Literal[
    "top_left", "top", "top_right", "left", "center", "right", "bottom_left", "bottom", "bottom_right", "tiled"
]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
POSITIONS: Final[tuple[Position, ...]] = get_args(Position)
NONE: Final = {"kind": "none"}  # how an album says that what is in it is shown without
LONGEST_TEXT: Final = 100  # characters
LEAST_OPACITY: Final = 0.05
LEAST_SIZE: Final = 0.02

_DRAWING: Final = 1  # another number where the same watermark is drawn differently: then its pictures are made anew

# What the letters can write (Open Sans): Latin with all of its accents, Greek, Cyrillic, and the signs that go with it.
_WRITABLE: Final = (
    *(("\u0020", "\u007e"), ("\u00a1", "\u00ac"), ("\u00ae", "\u017f"), ("\u0192", "\u0192"), ("\u0218", "\u021b")),
    *(("\u0384", "\u038a"), ("\u038c", "\u038c"), ("\u038e", "\u03a1"), ("\u03a3", "\u03ce"), ("\u0400", "\u0482")),
    *(("\u048a", "\u0513"), ("\u1e80", "\u1e85"), ("\u1ea0", "\u1ef9"), ("\u2013", "\u2015"), ("\u2017", "\u201e")),
    *(("\u2020", "\u2022"), ("\u2026", "\u2026"), ("\u2030", "\u2030"), ("\u2039", "\u203a"), ("\u20ab", "\u20ac")),
    *(("\u2116", "\u2116"), ("\u2120", "\u2120"), ("\u2122", "\u2122")),
)


class Unfit(ValueError):
    """No watermark: `field` names what is wrong, `code` is stable, `detail` is for people."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.code, self.detail = field, code, detail


@dataclass(frozen=True)
class Watermark:
    """Where and how something is laid over a picture.

    `size` is how long the text, or the longer side of the picture, is as a share of the shorter side of what it lies
    on; `picture` is the id of an `images.models.WatermarkPicture`, whose file never changes. Raises Unfit.
    """

    kind: Kind
    text: str = ""
    picture: str = ""
    position: Position = "bottom_right"
    opacity: float = 0.5
    size: float = 0.4

    def __post_init__(self) -> None:
        if self.kind == "text":
            self._check_text()
        elif self.kind == "image":
            if not self.picture:
                raise Unfit("picture", "required", "Choose one of your watermark pictures.")
        else:
            raise Unfit("kind", "invalid_choice", "One of text, image.")
        if self.position not in POSITIONS:
            raise Unfit("position", "invalid_choice", f"One of {', '.join(POSITIONS)}.")
        for field, least in (("opacity", LEAST_OPACITY), ("size", LEAST_SIZE)):
            if not least <= getattr(self, field) <= 1:
                raise Unfit(field, "out_of_range", f"From {least} to 1.")

    def _check_text(self) -> None:
        if not self.text:
            raise Unfit("text", "required", "Write what is to be laid over the pictures.")
        if len(self.text) > LONGEST_TEXT:
            raise Unfit("text", "max_length", f"At most {LONGEST_TEXT} characters.")
        if unknown := "".join(dict.fromkeys(char for char in self.text if not is_writable(char))):
            raise Unfit(
                "text",
                "unwritable",
                f"These characters can't be written: {_shown(unknown)}. Latin, Greek and Cyrillic letters can; for"
                " others take a picture of the text.",
            )

    @classmethod
    def from_json(cls, said: Mapping[str, Any] | None) -> Self | None:
        """The watermark that an object of `as_json` means; None for null and for NONE. Raises Unfit."""
        if said is None or said.get("kind") == NONE["kind"]:
            return None
        defaults = {"text": "", "picture": "", "position": cls.position, "opacity": cls.opacity, "size": cls.size}
        told = {name: said.get(name, default) for name, default in defaults.items()}
        text = " ".join(unicodedata.normalize("NFC", told["text"] or "").split())
        kind = cast(Kind, said.get("kind"))
        return cls(
            kind,
            text=text if kind == "text" else "",
            picture=str(told["picture"] or "") if kind == "image" else "",
            position=told["position"],
            opacity=round(float(told["opacity"]), 3),
            size=round(float(told["size"]), 3),
        )

    def as_json(self) -> dict[str, Any]:
        what = {"text": self.text} if self.kind == "text" else {"picture": self.picture}
        where = {"position": self.position, "opacity": float(self.opacity), "size": float(self.size)}
        return {"kind": self.kind, **what, **where}

    @property
    def mark(self) -> str:
        """12 hex digits that stand for all that a change of would change a pixel."""
        return _mark(self)


def is_writable(char: str) -> bool:
    return any(first <= char <= last for first, last in _WRITABLE)


def mark_of(watermark: Watermark | None) -> str:
    """As it stands in names of files and in addresses: "" for none."""
    return watermark.mark if watermark else ""


@lru_cache(1_000)  # the same one lies over many pictures
def _mark(watermark: Watermark) -> str:
    told = json.dumps([_DRAWING, watermark.as_json()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _shown(chars: str) -> str:
    return " ".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in chars[:10])
