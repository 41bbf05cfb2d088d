"""People and images for the tests of search and tags."""

from itertools import count

from accounts.models import User
from accounts.viewer import Viewer
from images import ledger, tagging
from images.models import Image, ImageMetadata

_number = count(1)


def person(name: str) -> Viewer:
    return Viewer(user=User.objects.create_user(name, f"{name}@example.org", "a long password"))


def image(owner: Viewer, *, title="", description="", tags=(), privacy="public", make="", model="", lens="") -> Image:
    number = next(_number)
    made = Image(
        user=owner.user,
        filename=f"{number}.jpg",
        original_filename=f"{number}.jpg",
        file_path=f"{number}.jpg",
        file_size=1,
        file_hash=f"{number:064x}",
        mime_type="image/jpeg",
        image_width=1,
        image_height=1,
        title=title,
        description=description,
        privacy_setting=privacy,
    )
    with ledger.balanced(()) as touched:
        made.save(force_insert=True)
        touched.add(made.pk)
        ImageMetadata.objects.create(image=made, camera_make=make, camera_model=model, lens_model=lens)
    tagging.add_tags([made.pk], tags, by=owner.user)
    made.refresh_from_db()
    return made
