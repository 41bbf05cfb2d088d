"""What the API refuses beyond what its framework knows, each with its status and a stable code."""

from http import HTTPStatus

from rest_framework import exceptions

BUSY_RETRY = 2  # seconds after which to ask again when the database was busy


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large."
    default_code = "too_large"


class TooManyFiles(TooLarge):
    default_code = "too_many_files"

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} files can be sent at once. Send the rest after these.")


class TooManyFields(TooLarge):
    default_code = "too_many_fields"

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} fields can be sent at once. Choose fewer, and do the rest after these.")


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "This contradicts what is there."
    default_code = "conflict"


class Gone(exceptions.APIException):
    status_code = HTTPStatus.GONE
    default_detail = "It is lost."
    default_code = "gone"


class PreconditionFailed(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "It has changed since you read it."
    default_code = "precondition_failed"


class Busy(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The gallery is busy. Try again in a moment."
    default_code = "busy"
    wait = BUSY_RETRY


class StorageFull(exceptions.APIException):
    status_code = HTTPStatus.INSUFFICIENT_STORAGE
    default_detail = "The disk of the gallery is full."
    default_code = "storage_full"
