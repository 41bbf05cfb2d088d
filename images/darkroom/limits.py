"""What a picture may be and may cost, and how a picture that is or costs more is refused."""

from dataclasses import dataclass, field
from typing import Final

MIB: Final = 2**20

PROGRESSIVE_JPEG: Final = "progressive JPEG"
OTHER: Final = "other"

# What a megapixel costs differs by decoder: a baseline JPEG is scaled down while it is read, a progressive one keeps
# all its coefficients, HEIF takes seven bytes a pixel and WebP sixteen. So chosen, no decode passes 1 GB.
MAX_PIXELS: Final = {
    "JPEG": 250_000_000,
    PROGRESSIVE_JPEG: 120_000_000,
    "HEIF": 150_000_000,
    "WEBP": 60_000_000,
    OTHER: 100_000_000,
}


CODES: Final = frozenset(
    {
        "not_an_image",
        "unsupported_format",
        "truncated",
        "damaged",
        "too_many_pixels",
        "side_too_long",
        "too_many_frames",
        "too_many_scans",
        "too_complex",
    }
)


class Refused(Exception):
    """The file is not a picture we take. `code` is one of CODES, `detail` says what is wrong and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


def truncated() -> Refused:
    """Said by the headers as by the decoders."""
    return Refused("truncated", "The file ends before the picture does. Copy or export it once more, and send that.")


@dataclass(frozen=True)
class Limits:
    """Bounds of one picture. Bytes, pixels and seconds; the seconds and the memory are those of the child."""

    max_pixels: dict[str, int] = field(default_factory=lambda: dict(MAX_PIXELS))
    max_side: int = 65_500
    max_frames: int = 500
    max_animation_pixels: int = 2_000_000_000  # canvas x frames
    max_moving_frames: int = 300  # of an animation that is shown moving; of a longer one it is the first frame
    max_moving_pixels: int = 48_000_000  # width x height x frames of one moving rendition: some 200 MB, some 4 seconds
    moving_seconds: float = 6.0  # of the child, for all frames of all sizes until they are encoded
    max_scans: int = 100  # of a JPEG; cameras and editors write at most 10
    max_parts: int = 200_000  # segments, chunks or blocks that are walked to find the above
    max_icc_bytes: int = MIB
    cpu_seconds: int = 10
    wall_seconds: float = 8.0
    slow_factor: int = 2  # times the seconds for what is made at full size, and for an animation
    kept_memory: int = 300 * MIB  # a child that held more is renewed: what a large picture took is not all given back
    start_seconds: float = 30.0  # until a new child is ready
    address_space: int = 1_500 * MIB
    file_size: int = 256 * MIB  # of one rendition

    def pixels_for(self, kind: str, *, progressive: bool = False) -> int:
        """How many pixels a picture of this kind may have."""
        if kind == "JPEG" and progressive:
            kind = PROGRESSIVE_JPEG
        return self.max_pixels.get(kind, self.max_pixels[OTHER])

    def check_size(self, kind: str, width: int, height: int, *, progressive: bool = False) -> None:
        """Refuse a picture of no size, or of too many pixels, or with too long a side."""
        if width < 1 or height < 1:
            raise Refused("damaged", "The picture has no width or no height.")
        if max(width, height) > self.max_side:
            raise Refused(
                "side_too_long",
                f"The picture is {width} x {height} pixels; a side may have {self.max_side}. Make it smaller.",
            )
        allowed = self.pixels_for(kind, progressive=progressive)
        if width * height > allowed:
            raise Refused(
                "too_many_pixels",
                f"The picture has {width * height / 1e6:.0f} megapixels; {allowed / 1e6:.0f} are allowed for its kind."
                " Make it smaller.",
            )

    def check_frames(self, width: int, height: int, frames: int) -> None:
        """Refuse an animation of too many frames, or of too many pixels in all of them."""
        if frames > self.max_frames:
            raise Refused("too_many_frames", f"The animation has more than {self.max_frames} frames. Shorten it.")
        if frames > 1 and width * height * frames > self.max_animation_pixels:
            raise Refused(
                "too_many_frames",
                f"The animation has {width * height * frames / 1e6:.0f} megapixels in all its frames;"
                f" {self.max_animation_pixels / 1e6:.0f} are allowed. Shorten it or make it smaller.",
            )
