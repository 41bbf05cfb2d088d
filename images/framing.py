"""What an owner cut and turned: steps on a displayed picture, and the one crop and turn that they come to. Geometry.

A turn is an EXIF orientation, 1 to 8: how pixels are flipped and turned to be displayed (EXIF 2.32, 4.6.4 A, tag 274).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

Box = tuple[int, int, int, int]  # left, top, width, height, in pixels
Step = Mapping[str, Any]

# A turn as (swap the axes, then mirror left and right, then top and bottom).
_PARTS: Final = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
_TURNS: Final = {parts: turn for turn, parts in _PARTS.items()}

ROTATIONS: Final = {90: 6, 180: 3, 270: 8}  # degrees clockwise
FLIPS: Final = {"horizontal": 2, "vertical": 4}


class OutOfPicture(ValueError):
    """A crop that is not inside the picture; `value` is the first that is wrong of `x`, `y`, `width` and `height`."""

    def __init__(self, value: str, width: int, height: int) -> None:
        super().__init__(
            f"The crop has to lie inside the picture, which is {width} x {height} pixels, with at least one pixel each"
            " way."
        )
        self.value = value


@dataclass(frozen=True)
class Framing:
    """A part of a source, `crop` in its pixels, and how that part is then turned to be displayed."""

    crop: Box
    turn: int = 1

    @classmethod
    def whole(cls, width: int, height: int) -> Self:
        return cls((0, 0, width, height))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        _, _, width, height = self.crop
        return (height, width) if _PARTS[self.turn][0] else (width, height)

    def turned(self, turn: int) -> Self:
        """The same part, turned once more."""
        swap, left, top = _PARTS[self.turn]
        swap_again, left_again, top_again = _PARTS[turn]
        if swap_again:
            left, top = top, left
        return replace(self, turn=_TURNS[swap ^ swap_again, left ^ left_again, top ^ top_again])

    def cropped(self, x: int, y: int, width: int, height: int) -> Self:
        """The part of this that is displayed in the box. Raises OutOfPicture."""
        shown_width, shown_height = self.size
        inside = {
            "x": 0 <= x < shown_width,
            "y": 0 <= y < shown_height,
            "width": 0 < width <= shown_width - x,
            "height": 0 < height <= shown_height - y,
        }
        if not all(inside.values()):
            wrong = next(name for name, is_inside in inside.items() if not is_inside)
            raise OutOfPicture(wrong, shown_width, shown_height)
        swap, left, top = _PARTS[self.turn]
        if left:
            x = shown_width - x - width
        if top:
            y = shown_height - y - height
        if swap:
            x, y, width, height = y, x, height, width
        return replace(self, crop=(self.crop[0] + x, self.crop[1] + y, width, height))

    def stepped(self, step: Step) -> Self:
        """After {operation: rotate, angle} | {operation: flip, axis} | {operation: crop, x, y, width, height}."""
        match step["operation"]:
            case "rotate":
                return self.turned(ROTATIONS[step["angle"]])
            case "flip":
                return self.turned(FLIPS[step["axis"]])
            case "crop":
                return self.cropped(step["x"], step["y"], step["width"], step["height"])
            case other:
                raise ValueError(f"no step: {other}")

    def after(self, steps: Iterable[Step]) -> Self:
        framing = self
        for step in steps:
            framing = framing.stepped(step)
        return framing

    def within(self, outer: Self) -> Self:
        """This framing, of what `outer` displays, as one of the source of `outer`."""
        return outer.cropped(*self.crop).turned(self.turn)

    def as_json(self) -> list[Any]:
        return [*self.crop, self.turn]

    @classmethod
    def from_json(cls, values: Sequence[int]) -> Self:
        left, top, width, height, turn = values
        return cls((left, top, width, height), turn)
