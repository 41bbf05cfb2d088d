"""How gunicorn serves Gallery: processes of threads, logs on standard error, nothing left when its parent is gone.

`manage.py serve` starts it with this file; a front of one's own can too: `gunicorn -c gallery_site/gunicorn_conf.py`.
"""

import os

from django.conf import settings
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from gallery_site.lifeline import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery_site.settings")


class PromptWorker(ThreadWorker):
    """Stops listening as soon as it is told to stop. The stock one holds the socket until its last answer is sent, and
    whoever comes meanwhile waits for nothing."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.close()


worker_class = PromptWorker
wsgi_app = "gallery_site.wsgi:application"
preload_app = True  # the application is loaded once: processes start in a moment and share its memory

bind = f"{settings.GALLERY_ADDRESS}:{settings.PORT}"
workers = settings.GALLERY_WEB_PROCESSES
threads = settings.GALLERY_WEB_THREADS

# A process proves that it lives from its main thread, whatever its threads do: this ends a hung one, no long upload.
timeout = 120
graceful_timeout = settings.GALLERY_STOP_SECONDS
keepalive = 15  # idle connections cost no thread

# Who is asking and over which scheme is decided by gallery_site.client_address and TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
proc_name = "gallery"
errorlog = "-"
accesslog = None  # gallery_site.request_log writes it
loglevel = "warning"
control_socket_disable = True


def post_fork(server: Arbiter, worker: Worker) -> None:
    die_with_parent(server.pid)
