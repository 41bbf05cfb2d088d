"""The ImageKit specs: one for every step of the ladder in every format. The registry, names, cache files and
`generateimages` are ImageKit's; the pixels come from the darkroom, where one decode serves all."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage
from imagekit import ImageSpec, register
from imagekit.cachefiles import ImageCacheFile
from imagekit.registry import generator_registry

from images import store
from images.developing import develop_again
from images.making import only_maker_of
from images.models import Image
from images.renditions import EXTENSIONS, LADDER, SQUARE, RenditionKey
from images.watermarks import Watermark, mark_of

READ_AT_ONCE = 500  # rows


class FileIsTheState:
    """A cache-file backend without a cache: a rendition is there when its file is. One maker at a time for a picture,
    whatever the process; the others wait and find it made. A failure is an exception, and remembered by nobody."""

    def exists(self, file: ImageCacheFile) -> bool:
        return store.is_there(file.name)

    def generate(self, file: ImageCacheFile, force: bool = False) -> None:
        if self.exists(file) and not force:
            return
        image: Image = file.generator.source
        with only_maker_of(image, store.renditions_path(image.uid, image.version)):
            if force or not self.exists(file):
                file.generator.make()


class Rendition(ImageSpec):
    """A spec whose source is an `Image`, and whose file's name follows from its id, version, size, format, and from the
    watermark that it is given: none is registered with one."""

    key: RenditionKey
    watermark: Watermark | None = None
    cachefile_backend = FileIsTheState()

    @property
    def cachefile_name(self) -> str:
        image: Image = self.source
        key = replace(self.key, mark=mark_of(self.watermark)).for_picture(image.image_width, image.image_height)
        return store.rendition_path(image.uid, image.version, key)

    @property
    def cachefile_storage(self) -> FileSystemStorage:
        return FileSystemStorage()

    def get_hash(self) -> str:
        return self.cachefile_name

    def make(self) -> None:
        """Write the file from the original; raises FileNotFoundError when that is gone."""
        image: Image = self.source
        develop_again(image, [RenditionKey.parse(Path(self.cachefile_name).name)], watermark=self.watermark)

    def generate(self) -> File:
        self.make()
        return File(store.on_disk(self.cachefile_name).open("rb"))


class Originals:
    """The source group of all specs: every image there is, for `manage.py generateimages`."""

    def files(self) -> Iterator[Image]:
        return chain.from_iterable(Image.objects.in_parts(READ_AT_ONCE))


def spec_id(key: RenditionKey) -> str:
    return f"image:{key.size}:{key.format}"


def rendition(image: Image, key: RenditionKey, watermark: Watermark | None = None) -> ImageCacheFile:
    """The file of a rendition, which need not be there yet, clean or with a watermark."""
    spec = generator_registry.get(spec_id(key), source=image)
    spec.watermark = watermark
    return ImageCacheFile(spec)


@cache
def _spec(key: RenditionKey) -> type[Rendition]:
    return type("Rendition", (Rendition,), {"key": key})


_ORIGINALS = Originals()
for _size in (*LADDER, SQUARE):
    for _format in EXTENSIONS:
        _key = RenditionKey(_size, _format)
        register.generator(spec_id(_key), _spec(_key))
        if _format == "jpeg":  # what `generateimages` makes; the other formats are made when somebody asks for one
            register.source_group(spec_id(_key), _ORIGINALS)
