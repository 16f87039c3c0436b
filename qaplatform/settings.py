"""All settings, in sections. What differs between machines comes from `qaplatform.env`."""

import sys
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environ import Env
from kombu import Queue

from qaplatform import env

ENVIRONMENT = env.read()
BASE_DIR = Path(__file__).resolve().parent.parent

# Commands that touch no request and no database; they run on a machine where nothing is configured.
OFFLINE_COMMANDS = frozenset({"analyze", "makemigrations", "help", "--help", "version"})
IS_OFFLINE = len(sys.argv) > 1 and sys.argv[1] in OFFLINE_COMMANDS

# --- Core ---------------------------------------------------------------------------------------------------------

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or ("offline" * 8 if IS_OFFLINE else "")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("QA_SECRET_KEY is shorter than 32 characters or missing. `make run` makes one.")
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
ROOT_URLCONF = "qaplatform.urls"
WSGI_APPLICATION = "qaplatform.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "qaplatform.web",
    "qaplatform.trail",
    "qaplatform.jobs",
    "qaplatform.people",
    "labeling",
    "calibration",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "rest_framework",
    "rules",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qaplatform.web.middleware.PagePolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qaplatform.people.middleware.AccessMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "qaplatform.web.middleware.PageMessages",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qaplatform.web.domain_errors.DomainErrorMiddleware",
    "qaplatform.web.middleware.PrivacyHeadersMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "qaplatform" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "qaplatform.web.context_processors.shell",
                "calibration.demo.context.sign_in",
            ],
            "builtins": ["qaplatform.web.templatetags.components"],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------------------------

DATABASES = {"default": Env().db_url_config(ENVIRONMENT.database_url or "postgres://qa:qa@127.0.0.1:5432/qa")}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"]["ATOMIC_REQUESTS"] = False
# A server that is gone without a word is noticed in 20 s, also while an answer of it is waited for.
DATABASE_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# What is locked in a transaction is let go when its process hangs; jobs that compute for long ask for more.
SESSION_LIMITS = "-c client_connection_check_interval=10s -c idle_in_transaction_session_timeout=60s"
if ENVIRONMENT.db_pool:
    # A request waits so long, for a connection, a lock or a statement, and is then answered with 503. Jobs, which have
    # no pool, may wait and compute for longer: Celery's limits end them, and their statements end with them.
    DATABASE_OPTIONS |= {
        "pool": {"min_size": 1, "max_size": ENVIRONMENT.db_pool, "timeout": 5, "reconnect_timeout": 5},
        "options": f"-c lock_timeout=5s -c statement_timeout=30s {SESSION_LIMITS}",
    }
else:
    DATABASE_OPTIONS["options"] = SESSION_LIMITS
DATABASES["default"]["OPTIONS"] = DATABASE_OPTIONS | DATABASES["default"].get("OPTIONS", {})

# --- Cache and sessions -------------------------------------------------------------------------------------------

REDIS_URL = ENVIRONMENT.redis_url or "redis://127.0.0.1:6379/0"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "qa",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
IS_HTTPS = ENVIRONMENT.public_url.startswith("https://")
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]

# --- Signing in ---------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "calibration:home"
ACCOUNT_ADAPTER = "qaplatform.people.adapters.ClosedSignUp"
ACCOUNT_FORMS = {"login": "qaplatform.people.forms.sign_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# Over TLS a proxy stands in front, and the address that it appends to X-Forwarded-For is the client's. Without one,
# that header is whatever the client likes, so it is not read.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENVIRONMENT.public_url.startswith("https://") else 0
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key", "invitation": "60/m/ip"}
REQUIRE_MFA = ENVIRONMENT.require_mfa
LABELER_ROLE = ENVIRONMENT.labeler_role
IS_DEMO = ENVIRONMENT.demo
SUPPORT_CONTACT = ENVIRONMENT.support_contact

# --- Headers ------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None

# --- Static files -------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A trainer ticks up to some thousand people in one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_DIR = ENVIRONMENT.data_dir / "uploads"
IMPORT_DIR = ENVIRONMENT.import_dir
METRICS_FROM = ENVIRONMENT.metrics_from
METRICS_FROM_SOCKET = ENVIRONMENT.metrics_from_socket

# --- API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["qaplatform.people.authentication.AccessAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["qaplatform.people.permissions.RulePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "qaplatform.api.pagination.PageByCursor",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "qaplatform.api.errors.respond_with_error",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Labeling QA and reviewer calibration",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "labeling.api.openapi.describe_plain_views",
    ],
}

# --- Celery -------------------------------------------------------------------------------------------------------
# The values are those that kill tests ask for: PROMISES section 1.

CELERY_BROKER_URL = ENVIRONMENT.broker_url or REDIS_URL
IS_BROKER_REDIS = not CELERY_BROKER_URL.startswith("amqp")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
REDIS_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
}
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS if IS_BROKER_REDIS else {}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
# On a busy machine a child takes longer than the four seconds after which the whole worker would give up.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Two lines, so that workers can be kept for what must be quick: a worker serves both unless it is told otherwise (-Q).
LINES = ("quick", "long")
CELERY_TASK_DEFAULT_QUEUE = LINES[0]
CELERY_TASK_QUEUES = tuple(Queue(line) for line in LINES)
CELERY_TASK_ROUTES = {
    task: {"queue": LINES[1]}
    for task in (
        "labeling.tasks.import_file",
        "labeling.tasks.check_file",
        "labeling.tasks.undo_import",
        "labeling.tasks.resume_import",
        "labeling.tasks.watch_folders",
        "labeling.tasks.requeue_one",
        "labeling.tasks.rearrange_one",
        "calibration.tasks.join_scope",
        "calibration.tasks.attribute_scope",
        "calibration.tasks.search_scope",
        "calibration.tasks.verify_scope",
    )
}
CELERY_BEAT_SCHEDULE = {
    "refresh-stale": {"task": "calibration.tasks.refresh_stale", "schedule": 3.0, "options": {"expires": 3}},
    "keep-gold-placed": {"task": "calibration.tasks.place_gold", "schedule": 5.0, "options": {"expires": 5}},
    "judge-daily": {"task": "calibration.tasks.judge_due", "schedule": 60.0, "options": {"expires": 60}},
    "lapse-disputes": {"task": "calibration.tasks.lapse_disputes", "schedule": 60.0, "options": {"expires": 60}},
    "mend-attempts": {"task": "calibration.tasks.mend_attempts", "schedule": 15.0, "options": {"expires": 15}},
    "join-answers": {
        "task": "calibration.tasks.join_answers",
        "schedule": crontab(hour=3, minute=5),
        "options": {"expires": 3600},
    },
    "attribute-disagreement": {
        "task": "calibration.tasks.attribute_disagreement",
        "schedule": crontab(hour=2, minute=35),
        "options": {"expires": 3600},
    },
    "search-suspicions": {
        "task": "calibration.tasks.search_suspicions",
        "schedule": crontab(hour=1, minute=40),
        "options": {"expires": 3600},
    },
    "verify-figures": {
        "task": "calibration.tasks.verify_figures",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "apply-adoptions": {"task": "labeling.tasks.apply_adoptions", "schedule": 2.0, "options": {"expires": 2}},
    "change-queues": {"task": "labeling.tasks.change_queues", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-imports": {"task": "labeling.tasks.sweep_imports", "schedule": 30.0, "options": {"expires": 30}},
    "watch-folders": {"task": "labeling.tasks.watch_folders", "schedule": 60.0, "options": {"expires": 60}},
    "prune-keys": {"task": "labeling.tasks.prune_keys", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-jobs": {"task": "qaplatform.jobs.tasks.forget_jobs", "schedule": 3600.0, "options": {"expires": 3600}},
}
CELERY_BEAT_SCHEDULE |= {
    f"canary-{line}": {
        "task": "qaplatform.jobs.tasks.sing",
        "args": [line],
        "schedule": 10.0,
        "options": {"queue": line, "expires": 30},
    }
    for line in LINES
}

# --- Logging ------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
