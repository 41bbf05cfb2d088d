"""The geometry and the names of renditions."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from images.renditions import EXTENSIONS, LADDER, NAMED, SQUARE, RenditionKey, ladder_step, rendition_size

sides = st.integers(1, 65_500)
sizes = st.sampled_from([*LADDER, SQUARE])


@pytest.mark.parametrize(
    ("width", "height", "size", "expected"),
    [
        (4032, 3024, 640, (640, 480)),
        (3024, 4032, 640, (480, 640)),
        (4000, 2992, 1280, (1280, 957)),
        (480, 360, 1280, (480, 360)),
        (5000, 1, 160, (160, 1)),
        (1, 65_500, 2048, (1, 2048)),
        (1, 1, 160, (1, 1)),
        (4032, 3024, SQUARE, (320, 320)),
        (5000, 100, SQUARE, (100, 100)),
        (1, 5000, SQUARE, (1, 1)),
        (320, 321, 320, (319, 320)),
        (1000, 999, 1500, (1000, 999)),
        (4032, 3024, 2048, (2016, 1512)),
        (4031, 3023, 2048, (2015, 1511)),
        (3849, 100, 2048, (2048, 53)),
        (3850, 100, 2048, (1925, 50)),
        (4096, 4096, 2048, (2048, 2048)),
        (4098, 4098, 2048, (2048, 2048)),
        (1, 8000, 2048, (1, 2000)),
        (16_000, 9000, 2048, (2000, 1125)),
        (4032, 3024, 2000, (2000, 1500)),
    ],
)
def test_size(width: int, height: int, size: int, expected: tuple[int, int]) -> None:
    assert rendition_size(width, height, size) == expected


@given(sides, sides, st.sampled_from(LADDER))
@example(65_500, 1, 160)
def test_fitted_never_enlarged_never_empty_nearly_the_same_shape(width: int, height: int, size: int) -> None:
    w, h = rendition_size(width, height, size)
    long_edge = max(width, height)
    assert 1 <= w <= width
    assert 1 <= h <= height
    if max(w, h) < min(size, long_edge):
        assert size == 2048
        assert max(w, h) >= 0.94 * size
        assert (max(w, h), min(w, h)) in [(long_edge // n, max(1, min(width, height) // n)) for n in (2, 4, 8)]
    elif size < long_edge:
        assert max(w, h) == size
        assert abs(w - width * size / long_edge) <= 0.5 or w == 1
        assert abs(h - height * size / long_edge) <= 0.5 or h == 1


@given(sides, sides, sizes)
def test_turning_the_picture_turns_its_renditions(width: int, height: int, size: int) -> None:
    assert rendition_size(height, width, size) == rendition_size(width, height, size)[::-1]


@given(sides, sides)
def test_the_square_is_a_square_that_fits(width: int, height: int) -> None:
    assert rendition_size(width, height, SQUARE) == (min(320, width, height),) * 2


@pytest.mark.parametrize(
    ("width", "height", "size", "step"),
    [
        (480, 360, 1280, 640),
        (480, 360, 2048, 640),
        (480, 360, 320, 320),
        (640, 480, 2048, 640),
        (100, 50, 2048, 160),
        (4032, 3024, 2048, 2048),
        (500, 500, SQUARE, 320),
        (200, 200, SQUARE, 320),
        (120, 120, SQUARE, 160),
        (500, 400, SQUARE, SQUARE),
        (1500, 1000, 1500, 2048),
        (3000, 1000, 1500, 1500),
        (3000, 1000, 3000, 3000),
    ],
)
def test_step(width: int, height: int, size: int, step: int) -> None:
    assert ladder_step(width, height, size) == step


@given(sides, sides, sizes)
def test_a_step_has_the_pixels_of_the_size_and_is_the_smallest(width: int, height: int, size: int) -> None:
    step = ladder_step(width, height, size)
    assert rendition_size(width, height, step) == rendition_size(width, height, size)
    assert ladder_step(width, height, step) == step
    if step != SQUARE:
        assert all(
            rendition_size(width, height, lower) != rendition_size(width, height, step)
            for lower in LADDER
            if lower < step
        )


@given(sides, sides, sizes, st.sampled_from(list(EXTENSIONS)))
@example(100, 50, 2048, "webp")
@example(500, 500, SQUARE, "webp")
def test_the_file_for_a_picture_has_its_pixels_and_moves_where_it_should(
    width: int, height: int, size: int, form: str
) -> None:
    key = RenditionKey(size, form, "0123456789ab")
    file = key.for_picture(width, height)
    assert rendition_size(width, height, file.size) == rendition_size(width, height, size)
    assert (file.format, file.mark) == (key.format, key.mark)
    assert file.may_move == key.may_move == (form == "webp" and size != SQUARE and size >= 320)
    assert file.for_picture(width, height) == file


@given(st.integers(1, 65_500) | st.just(SQUARE), st.sampled_from(list(EXTENSIONS)))
def test_a_name_can_be_read_back(size: int, form: str) -> None:
    key = RenditionKey(size, form)
    assert RenditionKey.parse(key.file_name) == key


def test_names() -> None:
    assert RenditionKey(640, "jpeg").file_name == "640.jpg"
    assert RenditionKey(SQUARE, "webp").file_name == "square.webp"
    assert RenditionKey(1280, "jpeg").for_picture(480, 360) == RenditionKey(640, "jpeg")
    assert set(NAMED.values()) <= set(LADDER)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "640",
        "640.jpeg",
        "640.gif",
        "0640.jpg",
        "0.jpg",
        "-1.jpg",
        "square",
        "../640.jpg",
        "640.jpg\n",
        "٦٤٠.jpg",
        "640.jpg.webp",
        "640x480.jpg",
        "1234567.jpg",
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a rendition"):
        RenditionKey.parse(name)
