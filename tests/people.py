"""Somebody who uses a running Gallery over HTTP: an account, a session, uploads. Nothing of Django."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

PATIENCE = 60.0
BOUNDARY = "picture-boundary"


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def ask(port: int, path: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] = {}) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Person:
    """Has an account, made through the server at `port`, and its session."""

    def __init__(self, port: int, name: str) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.ask("/api/auth/user")
        told = {"username": name, "email": f"{name}@example.com", "password": "korrekt-Pferd-9"}
        assert self.send("POST", "/api/auth/register", told).status == 201

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(
        self, path: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        told = {"Cookie": self.cookie, "X-CSRFToken": self.cookies.get("csrftoken", ""), **(headers or {})}
        answer = ask(self.port, path, method=method, body=body, headers=told)
        for set_cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def send(self, method: str, path: str, told: object) -> Answer:
        headers = {"Content-Type": "application/json"}
        return self.ask(path, method=method, body=json.dumps(told).encode(), headers=headers)

    def upload(self, name: str, content: bytes) -> str:
        """The id of the image that came of it."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        answer = self.ask("/api/upload", method="POST", body=body, headers=headers)
        assert answer.status == 201, answer.content
        return str(answer.json["results"][0]["id"])
