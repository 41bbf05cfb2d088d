"""Why a file was not taken: a stable code, a sentence that says what to do, the HTTP status when it stands alone."""

from collections.abc import Mapping

TOO_LARGE = 413
NOT_A_PICTURE = 415
DISK_FULL = 507

STATUS_OF: Mapping[str, int] = {
    "file_too_large": TOO_LARGE,
    "quota_exceeded": TOO_LARGE,
    "unsupported_format": NOT_A_PICTURE,
    "not_an_image": NOT_A_PICTURE,
    "disk_full": DISK_FULL,
}


class Rejected(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail

    @property
    def status(self) -> int:
        return STATUS_OF.get(self.code, 400)
