"""Every setting, read once from the environment; a wrong one fails at start with a sentence.

Each name may also be given as NAME_FILE, the path of a file that holds the value, so that
secrets stay out of process listings.
"""

import base64
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def env(name: str, default: str = "") -> str:
    """Give a setting's text, from NAME_FILE when that is set."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def env_list(name: str) -> list[str]:
    """Give a comma-separated setting as its parts."""
    return [part.strip() for part in env(name).split(",") if part.strip()]


def env_bool(name: str) -> bool:
    """Give a yes-or-no setting; anything but 1/true/yes/0/false/no/empty is refused."""
    text = env(name).lower()
    if text not in {"", "0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")
    return text in {"1", "true", "yes"}


def env_keys(name: str) -> list[bytes]:
    """Give base64 keys of 32 bytes each, the current one first."""
    try:
        keys = [base64.b64decode(part, validate=True) for part in env_list(name)]
    except ValueError as wrong:
        raise ImproperlyConfigured(f"{name} must hold base64 text.") from wrong
    if any(len(key) != KEY_BYTES for key in keys):
        raise ImproperlyConfigured(f"{name} must hold keys of 32 bytes.")
    return keys


# A stuck process must not hide its calls: the server itself ends what takes over 3 s.
DATABASE_TIMEOUTS = (
    "-c statement_timeout=3000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=3000"
)
KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 3,
}


def database(url: str) -> dict[str, object]:
    """Turn a postgresql:// address into Django's setting, with time-outs and a small pool."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://.")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "stepline",
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": host,
        "PORT": query.pop("port", None) or str(parts.port or ""),
        "OPTIONS": {
            **KEEPALIVES,
            **query,
            "options": DATABASE_TIMEOUTS,
            # What is asked often is parsed and planned once for each connection.
            "server_side_binding": True,
            "prepare_threshold": 3,
            "pool": {"min_size": 1, "max_size": 20, "timeout": 3},
        },
    }


SECRET_KEY = env("STEPLINE_SECRET_KEY")
DEBUG = False
STEPLINE_PUBLIC_URL = env("STEPLINE_PUBLIC_URL", "http://localhost:8000").rstrip("/")
STEPLINE_DEMO = env_bool("STEPLINE_DEMO")
STEPLINE_DATA = Path(env("STEPLINE_DATA", "data"))
STEPLINE_TURN_URLS = env_list("STEPLINE_TURN_URLS")
STEPLINE_TURN_SECRET = env("STEPLINE_TURN_SECRET")
STEPLINE_TRUSTED_PROXIES = env_list("STEPLINE_TRUSTED_PROXIES")
STEPLINE_SEALING_KEYS = env_keys("STEPLINE_SEALING_KEYS")
STEPLINE_INDEX_KEY = (env_keys("STEPLINE_INDEX_KEY") or [b""])[0]
STEPLINE_VAPID_PRIVATE_KEY = env("STEPLINE_VAPID_PRIVATE_KEY")
# Feeds of meetings may come from this server's own network: a site on the same machine.
STEPLINE_PRIVATE_FEEDS = env_bool("STEPLINE_PRIVATE_FEEDS")
STEPLINE_PUSH_HOSTS = env_list("STEPLINE_PUSH_HOSTS")  # further push services, as origins

_public = urlsplit(STEPLINE_PUBLIC_URL)
SECURE = _public.scheme == "https"
ALLOWED_HOSTS = ["*"] if STEPLINE_DEMO else [_public.hostname or "localhost"]
if _public.hostname in {"localhost", "127.0.0.1"}:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
CSRF_TRUSTED_ORIGINS = [STEPLINE_PUBLIC_URL] if SECURE else []
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_NAME = "stepline_csrf"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "stepline.web.security.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 40

INSTALLED_APPS = ["django.contrib.staticfiles", "stepline"]
MIDDLEWARE = [
    "stepline.web.security.SecurityMiddleware",
    "stepline.web.files.WholeFiles",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "stepline.web.versions.NewerTables",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "stepline.urls"
ASGI_APPLICATION = "stepline.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "stepline.web.security.page_context",
            ],
        },
    }
]
DATABASES = {"default": database(env("DATABASE_URL", "postgresql:///stepline"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
# Only languages whose translation is here: a page must not call English text Spanish.
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [Path(__file__).parent / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"quiet": {"()": "stepline.web.security.NothingPersonal"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["quiet"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}
