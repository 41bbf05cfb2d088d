"""Make docs/gallery.png: the real server, pictures made in code, the home page in a browser.

    python docs/screenshot.py http://localhost:8000 NAME PASSWORD

Signs in as NAME on a running Gallery, uploads a dozen landscapes as public pictures, and takes the picture.
"""

import io
import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import sync_playwright

SKIES = [("#f7b267", "#4d4c7d"), ("#89c2d9", "#014f86"), ("#ffd6a5", "#9d4edd"), ("#caf0f8", "#0077b6")]


def landscape(seed: int) -> bytes:
    """Hills under a sky, as JPEG."""
    dice = random.Random(seed)
    width, height = dice.choice([(1500, 1000), (1200, 1200), (1000, 1400), (1800, 1000)])
    low, high = dice.choice(SKIES)
    image = Image.composite(
        Image.new("RGB", (width, height), low),
        Image.new("RGB", (width, height), high),
        Image.linear_gradient("L").resize((width, height)),
    )
    draw = ImageDraw.Draw(image)
    x, y, r = dice.uniform(0.2, 0.8) * width, dice.uniform(0.2, 0.45) * height, height * 0.06
    draw.ellipse((x - r, y - r, x + r, y + r), fill="#fff3d6")
    for layer in range(6):
        base, waves = height * (0.45 + layer * 0.09), [(dice.uniform(1, 7), dice.uniform(0, 6)) for _ in range(4)]
        ridge = [
            (x, base - sum(math.sin(x / width * f + p) * height * 0.03 for f, p in waves))
            for x in range(0, width + 8, 8)
        ]
        shade = 150 - layer * 22
        draw.polygon([*ridge, (width, height), (0, height)], fill=(shade // 2, shade * 3 // 4, shade))
    buffer = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def main(site: str, name: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{site}/accounts/login")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/library")
        token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
        for seed in range(12):
            answer = page.request.post(
                f"{site}/api/upload",
                headers={"X-CSRFToken": token, "Referer": site},
                multipart={
                    "files": {"name": f"hills-{seed}.jpg", "mimeType": "image/jpeg", "buffer": landscape(seed)},
                    "title": f"Hills {seed + 1}",
                    "privacy_setting": "public",
                },
            )
            assert answer.status == 201, answer.text()
        page.goto(site)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(__file__).with_name("gallery.png"))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
