"""Animations that tests make, and what a frame of them shows."""

import io
from collections.abc import Sequence

from PIL import Image

COLOURS = ("red", "lime", "blue", "yellow")
TIMES = (40, 250, 100, 1000)  # milliseconds, whole hundredths of a second for GIF


def frames(size: tuple[int, int] = (400, 200), colours: Sequence[str] = COLOURS) -> list[Image.Image]:
    """Each of one colour, with a white corner top left."""
    made = []
    for colour in colours:
        frame = Image.new("RGB", size, colour)
        frame.paste("white", (0, 0, size[0] // 4, size[1] // 4))
        made.append(frame)
    return made


def animated(form: str, made: Sequence[Image.Image] | None = None, **options: object) -> bytes:
    first, *others = made or frames()
    file = io.BytesIO()
    if form == "WEBP":
        options |= {"lossless": True}
    told = {"duration": list(TIMES), "loop": 0, **options}
    first.save(file, form, save_all=True, append_images=others, **{k: v for k, v in told.items() if v is not None})
    return file.getvalue()


def damaged() -> bytes:
    """A PNG of three frames of noise; the second can't be decoded."""
    data = bytearray(animated("PNG", [Image.effect_noise((400, 200), 200) for _ in range(3)], duration=100))
    second = data.index(b"fdAT") + 400
    data[second : second + 300] = bytes(300)
    return bytes(data)


def shows(frame: Image.Image, colour: str, at: tuple[float, float] = (0.75, 0.75)) -> bool:
    red, green, blue, alpha = frame.getpixel((int(frame.width * at[0]), int(frame.height * at[1])))  # type: ignore[misc]
    expected = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    near = max(abs(a - b) for a, b in zip((red, green, blue), expected, strict=True)) < 40  # type: ignore[arg-type]
    return near and alpha > 250
