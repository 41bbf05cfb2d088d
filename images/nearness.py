"""Who looks nearly like a picture, among images or among what is blocked: found by the bands of the likeness."""

from django.db.models import QuerySet

from images.likeness import SEARCHED, bands, distance, near_bands


def near(rows: QuerySet, likeness: int, *, within: int = SEARCHED) -> list[tuple[int, int]]:
    """Keys of the rows whose likeness differs in at most `within` bits (7 at most), and how many they are: the nearest
    first, of equally near ones the newest.

    One query of 68 looks into the indexes that `images.models.likened.band_indexes` makes. `rows` has the conditions
    that these know, and no others: each other one costs a look at every candidate.
    """
    if within > SEARCHED:
        raise ValueError(f"bands find nothing beyond {SEARCHED} bits")
    candidates = [
        rows.filter(**{f"likeness_{n}__in": near_bands(band)}).order_by().values_list("pk", "likeness")
        for n, band in enumerate(bands(likeness))
    ]
    found = {pk: distance(likeness, other) for pk, other in candidates[0].union(*candidates[1:], all=True)}
    return sorted(((pk, bits) for pk, bits in found.items() if bits <= within), key=lambda hit: (hit[1], -hit[0]))
