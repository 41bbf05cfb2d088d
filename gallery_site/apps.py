from django.apps import AppConfig


class GallerySiteConfig(AppConfig):
    name = "gallery_site"

    def ready(self) -> None:
        from gallery_site import checks  # noqa: F401  importing registers the system checks
