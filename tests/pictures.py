"""Pictures for tests, made in code."""

import io
import random

from PIL import Image


def picture(width: int = 64, height: int = 48, *, seed: int = 0) -> Image.Image:
    """A picture of its own for each seed: soft colours, a red corner top left."""
    dice = random.Random(seed)
    colour = tuple(dice.randrange(256) for _ in range(3))
    image = Image.new("RGB", (width, height), colour)
    image.paste((255, 0, 0), (0, 0, max(1, width // 4), max(1, height // 4)))
    return image


def scene(width: int = 96, height: int = 72, *, seed: int = 0) -> Image.Image:
    """A picture with enough to see to be known again by its likeness: soft clouds of colour, others for each seed."""
    dice = random.Random(seed)
    spots = Image.frombytes("RGB", (9, 9), dice.randbytes(9 * 9 * 3))
    return spots.resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def jpeg(width: int = 64, height: int = 48, *, seed: int = 0, **options: object) -> bytes:
    return encoded(picture(width, height, seed=seed), "JPEG", **options)


def jpeg_with_place(*, lat: float = 48.5, lon: float = 2.25, seed: int = 0) -> bytes:
    """A JPEG of a known camera, date and place."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "EOS R5"
    ifd = exif.get_ifd(0x8769)
    ifd[0x9003], ifd[0x9291], ifd[0x9011] = "2021:05:03 10:20:30", "25", "+02:00"
    ifd[0x8827] = 400
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N" if lat >= 0 else "S", _degrees(abs(lat))
    gps[3], gps[4] = "E" if lon >= 0 else "W", _degrees(abs(lon))
    return jpeg(seed=seed, exif=exif)


def _degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = (value - whole) * 60
    return (float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 4))
