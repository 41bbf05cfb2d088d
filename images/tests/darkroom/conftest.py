"""A darkroom for the tests, and folders to develop into."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from images.darkroom.pool import Limits, Pool


@pytest.fixture(scope="session")
def darkroom() -> Iterator[Pool]:
    """One child for all tests that are not about children."""
    pool = Pool(size=1, limits=Limits())
    yield pool
    pool.close()


@pytest.fixture
def make_pool() -> Iterator[Callable[..., Pool]]:
    """Pools that are closed when the test ends; limits that are not given are the product's."""
    with ExitStack() as pools:

        def make(*, size: int = 1, recycle_after: int = 200, **limits: float) -> Pool:
            pool = Pool(size=size, limits=Limits(**limits), recycle_after=recycle_after)
            pools.callback(pool.close)
            return pool

        yield make


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "renditions"
    folder.mkdir()
    return folder


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[bytes], Path]:
    """Write bytes to a file of no telling name."""

    def write(data: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return path

    return write
