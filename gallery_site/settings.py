"""Every setting of Gallery, each read once from the environment; README.md lists them all."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers

from gallery_site import secret
from gallery_site.environment import Environment

env = Environment()

# --- Where things are -------------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("GALLERY_DATA_DIR", str(BASE_DIR))).resolve()
MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Core -------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DJANGO_DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or secret.read_or_make(DATA_DIR / "secret_key")

# With SITE_URL this is the only host, and https brings secure cookies and HSTS; without it a home network just works.
SITE_URL = env.str("SITE_URL", "").rstrip("/")
_site = urlsplit(SITE_URL)
ALLOWED_HOSTS = [_site.hostname] if _site.hostname else ["*"]
_https = _site.scheme == "https"

ROOT_URLCONF = "gallery_site.urls"
WSGI_APPLICATION = "gallery_site.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "taggit",  # before the apps that take its models out of the admin
    "gallery_site",
    "accounts",
    "albums",
    "images",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_ratelimit",
    "imagekit",
    "rest_framework",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "gallery_site.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "gallery_site.upload_slots.UploadSlotMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.viewer.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gallery_site.errors.page_for_wrong_method",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.preferences.in_templates",
            ],
        },
    },
]

# --- Serving (manage.py serve) ------------------------------------------------------------------------------------

GALLERY_ADDRESS = env.str("GALLERY_ADDRESS", "0.0.0.0")
PORT = env.int("PORT", 8000)
CORES = len(os.sched_getaffinity(0))  # that this process may use
GALLERY_WEB_PROCESSES = env.int("GALLERY_WEB_PROCESSES", min(CORES, 4))
GALLERY_WEB_THREADS = env.int("GALLERY_WEB_THREADS", 32)  # of each process
GALLERY_UPLOAD_SLOTS = max(1, GALLERY_WEB_THREADS // 2)  # of each process: slow uploads leave the rest to others
GALLERY_MAKING_SLOTS = max(1, GALLERY_WEB_THREADS // 4)  # of each process: for conversions, copies and edits
GALLERY_STOP_SECONDS = env.int("GALLERY_STOP_SECONDS", 20)  # what is being answered at a stop may take this long

# --- Database ---------------------------------------------------------------------------------------------------

# IMMEDIATE and a busy timeout: writers queue instead of failing. synchronous=FULL: an acknowledged commit survives a
# power cut.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "gallery.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA mmap_size=268435456; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;"
            ),
        },
    },
}

# --- Cache (shared by all processes, atomic increments: the throttles count in it) --------------------------------

CACHES = {
    "default": {
        "BACKEND": "diskcache.DjangoCache",
        "LOCATION": str(DATA_DIR / "cache"),
        "OPTIONS": {"size_limit": 256 * 2**20},
    },
}

# --- Accounts, sessions, CSRF -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.NameOrEmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "home"

GALLERY_REGISTRATION = env.str("GALLERY_REGISTRATION", "open")
GALLERY_QUOTA_BYTES = env.int("GALLERY_QUOTA_BYTES", 10 * 2**30)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_SAMESITE = "Lax"

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "if-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "X-Request-ID", "Content-Disposition"]
CSRF_TRUSTED_ORIGINS = [*CORS_ALLOWED_ORIGINS, *([SITE_URL] if SITE_URL else [])]
CSRF_FAILURE_VIEW = "gallery_site.errors.csrf_failure"

# --- Transport security -------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # addresses or networks whose X-Forwarded-* is believed
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- Files and uploads --------------------------------------------------------------------------------------------

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz", "br", "woff", "woff2", "map"),
]
FILE_UPLOAD_HANDLERS = ["images.intake.staging.StagingUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

GALLERY_MAX_FILE_BYTES = env.int("GALLERY_MAX_FILE_BYTES", 50 * 2**20)
GALLERY_MAX_REQUEST_BYTES = env.int("GALLERY_MAX_REQUEST_BYTES", 2**30)
GALLERY_MAX_FILES = DATA_UPLOAD_MAX_NUMBER_FILES = env.int("GALLERY_MAX_FILES", 100)
GALLERY_UPLOAD_PATHS = ("/api/upload", "/upload")  # where photos are taken
GALLERY_PICTURE_PATHS = ("/api/watermarks", "/account/watermark/pictures")  # where pictures for watermarks are
GALLERY_MAX_PICTURE_BYTES = 4 * 2**20
GALLERY_CONVERSIONS_BYTES = env.int("GALLERY_CONVERSIONS_BYTES", 5 * 2**30)  # of all that is kept for another download
GALLERY_TRASH_DAYS = env.int("GALLERY_TRASH_DAYS", 30)
GALLERY_DECODERS = env.int("GALLERY_DECODERS", 0) or max(2, CORES // 2)  # decode children of each web process
GALLERY_AVIF = env.bool("GALLERY_AVIF", False)  # thumbnails as AVIF to whose browser takes it: slow to make

# --- Serving pictures (docs/adr/0013-signed-addresses.md) -----------------------------------------------------------

CDN_URL = env.str("CDN_URL", "").rstrip("/")  # where a shared cache answers for what everyone may see
GALLERY_PURGE_URL = env.str("GALLERY_PURGE_URL", "")  # told what that cache has to forget
GALLERY_SIGNED_URLS = env.bool("GALLERY_SIGNED_URLS", False)  # pictures by signed addresses, without a query
GALLERY_SIGNED_URL_SECONDS = env.int("GALLERY_SIGNED_URL_SECONDS", 600)  # the longest that one outlives a right
GALLERY_X_ACCEL = env.str("GALLERY_X_ACCEL", "")  # the internal location of a trusted front server that sends files
if CDN_URL:
    _cdn = urlsplit(CDN_URL)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(f"{_cdn.scheme}://{_cdn.netloc}")

# --- Throttles ----------------------------------------------------------------------------------------------------

RATELIMIT_ENABLE = env.bool("RATELIMIT_ENABLE", True)
GALLERY_UPLOADS_PER_HOUR = env.int("GALLERY_UPLOADS_PER_HOUR", 6_000)

# --- API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gallery_site.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "gallery_site.openapi.GallerySchema",
    "EXCEPTION_HANDLER": "gallery_site.errors.exception_handler",
    "NUM_PROXIES": 0,
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "gallery_site.errors.ErrorFormatter"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gallery",
    "DESCRIPTION": "A self-hosted photo gallery: upload, albums, tags, search, sharing.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ImagePrivacy": "images.models.Privacy",
        "AlbumPrivacy": "albums.models.Privacy",
        "ImageStatus": "images.models.Status",
        "BatchOperation": ["delete", "restore", "move", "tag", "untag", "privacy"],
        "RotateOperation": ["rotate"],
        "FlipOperation": ["flip"],
        "CropOperation": ["crop"],
    },
}

# --- Mail (links in it start with SITE_URL, never with the Host header) -------------------------------------------

vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds: a hanging mail server holds nobody up
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"gallery@{_site.hostname or 'localhost'}")

# --- Language and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Logging (one JSON line per request on standard output) -------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "gallery_site.request_log.JSONFormatter"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "WARNING"},
    "loggers": {
        "gallery": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        "django": {"handlers": ["stdout"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},  # a 404 has its line already
    },
}

# --- How long things stay -----------------------------------------------------------------------------------------

VISIT_WINDOW = timedelta(minutes=30)  # a viewer's second look within it is no second view

# --- Checks that do not fit us ------------------------------------------------------------------------------------

SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.W001",  # diskcache is not on its list of known caches; gallery_site.checks asks the real question
]
