"""Which format `Accept` gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.negotiation import choose
from images.renditions import MEDIA_TYPES

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI = "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"


@pytest.mark.parametrize(
    ("accept", "without_avif", "with_avif"),
    [
        ("", "jpeg", "jpeg"),
        ("*/*", "jpeg", "jpeg"),
        ("image/*", "jpeg", "jpeg"),
        ("image/jpeg", "jpeg", "jpeg"),
        ("image/webp", "webp", "webp"),
        ("IMAGE/WebP ; Q=0.1", "webp", "webp"),
        ("image/webp;q=0", "jpeg", "jpeg"),
        ("image/webp;q=0.000, */*", "jpeg", "jpeg"),
        ("image/webp,*/*", "webp", "webp"),
        ("image/webp;q=0.5,image/jpeg;q=0.5", "webp", "webp"),
        ("image/webp;q=0.5,image/jpeg;q=0.6", "jpeg", "jpeg"),
        ("image/webp;q=0.5,image/*;q=0.6", "jpeg", "jpeg"),
        ("image/webp;q=0.5,*/*;q=0.6", "jpeg", "jpeg"),
        ("image/webp;q=0.5,image/jpeg;q=0.4,*/*", "webp", "webp"),  # the nearest range counts
        ("image/webp;q=0.5,*/*;q=0.9,image/*;q=0.1", "webp", "webp"),
        ("image/avif", "jpeg", "avif"),
        ("image/avif,image/webp", "webp", "avif"),
        ("image/avif;q=0.5,image/webp", "webp", "webp"),
        ("image/avif;q=0.9,image/webp;q=0,image/jpeg;q=0.9", "jpeg", "avif"),
        ("image/avif;q=0.5,image/webp;q=0.5,image/jpeg;q=0.7", "jpeg", "jpeg"),
        ("image/png", "jpeg", "jpeg"),
        ("image/png,image/gif", "jpeg", "jpeg"),
        ("text/html", "jpeg", "jpeg"),
        ("image/webp;q=2", "jpeg", "jpeg"),
        ("image/webp;q=-1", "jpeg", "jpeg"),
        ("image/webp;q=nan", "jpeg", "jpeg"),
        ("image/webp;q=0.1234", "jpeg", "jpeg"),
        ("image/webp;q", "jpeg", "jpeg"),
        ("image/webp;level=1", "jpeg", "jpeg"),
        (",,;;q=1,image/webp", "webp", "webp"),
        (CHROME, "webp", "avif"),
        (FIREFOX, "webp", "avif"),
        (SAFARI, "webp", "avif"),
        ("image/jpeg," * 200 + "image/webp", "jpeg", "jpeg"),  # nobody asks for that much
    ],
)
def test_choice(accept: str, without_avif: str, with_avif: str) -> None:
    assert choose(accept, ["webp"]) == without_avif
    assert choose(accept, ["avif", "webp"]) == with_avif
    assert choose(accept, []) == "jpeg"


ranges = st.sampled_from([*MEDIA_TYPES.values(), "image/*", "*/*", "text/html"])
weights = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
wishes = st.dictionaries(ranges, weights, max_size=7)


def weight_of(wish: dict[str, float], name: str) -> float:
    return wish.get(name, wish.get("image/*", wish.get("*/*", 0.0)))


@given(wishes, st.permutations(["avif", "webp"]), st.randoms(use_true_random=False))
def test_nothing_worse_than_jpeg_and_nothing_that_was_not_named(wish, better, dice) -> None:  # type: ignore[no-untyped-def]
    said = [f"{name};q={weight:.3f}" for name, weight in wish.items()]
    dice.shuffle(said)
    chosen = choose(", ".join(said), better)
    jpeg = weight_of(wish, "image/jpeg")
    if chosen == "jpeg":
        assert all(wish.get(MEDIA_TYPES[form], 0.0) < jpeg or not wish.get(MEDIA_TYPES[form]) for form in better)
    else:
        assert wish[MEDIA_TYPES[chosen]] > 0
        assert wish[MEDIA_TYPES[chosen]] >= jpeg
        assert wish[MEDIA_TYPES[chosen]] == max(wish.get(MEDIA_TYPES[form], 0.0) for form in better)
        if len({wish.get(MEDIA_TYPES[form], 0.0) for form in better}) == 1:
            assert chosen == better[0]


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(accept: str) -> None:
    assert choose(accept, ["avif", "webp"]) in ("jpeg", "webp", "avif")
