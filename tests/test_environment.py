"""Reading the environment: values that can't be read are named; mail without a mail server stays out of the log."""

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from gallery_site.environment import Environment


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr(Environment, "ENVIRON", {"PORT": "eighty", "THREADS": "8"})
    return Environment()


def test_a_value_is_read(env: Environment) -> None:
    assert env.int("THREADS", 32) == 8
    assert env.int("MISSING", 32) == 32


def test_a_value_that_cannot_be_read_is_named(env: Environment) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"PORT can't be read .*'eighty'"):
        env.int("PORT", 8000)


def test_mail_on_the_console_is_not_in_the_log(env: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    backend = env.email("EMAIL_URL", default="consolemail://")["EMAIL_BACKEND"]
    with mail.get_connection(backend) as connection:
        mail.EmailMessage("Hello", "How are you?", to=["alice@example.org"], connection=connection).send()
    written = capsys.readouterr()
    assert "How are you?" in written.err
    assert written.out == ""
