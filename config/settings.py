"""All settings. Every variable read here is explained in .env.example."""

from pathlib import Path

from config import bucket, database, state
from config.environment import env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = state.secret_key()  # a worker may have none
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = (env.str("PUBLIC_URL") or state.address()).rstrip("/")
BEHIND_TLS = PUBLIC_URL.startswith("https://")
DEMO_ACCOUNTS = env.bool("DEMO_ACCOUNTS", default=False)  # may those of the demo corpus log in?

STATE_FOLDER = state.folder()
MEDIA_ROOT = Path(env.str("MEDIA_ROOT") or state.folder() / "media")
MEDIA_BUCKET = env.str("MEDIA_BUCKET")  # where media are instead, if it has a name
STORAGES = bucket.storages(MEDIA_BUCKET)
# Feature sets, trainings and models: a folder per corpus
TRAINING_ROOT = Path(env.str("TRAINING_ROOT") or state.folder() / "training")
# Files below these two are sent by the proxy once a view has allowed it (`collection.sending`).
MEDIA_SENT_BY_PROXY = env.bool("MEDIA_SENT_BY_PROXY", default=False)
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024**2  # bytes of JSON: the names of a large corpus
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=2 * 1024**3)
MAX_TABLE_BYTES = env.int("MAX_TABLE_BYTES", default=256 * 1024**2)  # a manifest, a file of votes

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework.authtoken",
    "jobs",
    "collection",
    "accounts",
    "annotation",
    "training",
    "selection",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

APPEND_SLASH = False
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database.settings(state.database_url())}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "accounts.password_length.LongEnough",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # s

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one answers for all: with it somebody unknown gets 401, not 403.
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"login": env.str("LOGIN_RATE", default="10/min")},
    "EXCEPTION_HANDLER": "config.errors.answer",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is an address's own word
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "DESCRIPTION": "The labeling protocol of the MER 2023 paper, as an API.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "SeatStage": "annotation.models.SEAT_STAGES",
        "Stage": "annotation.models.STAGES",
        "ClipStage": "annotation.clip_list.STAGES",
        "ClipsActionWhat": "annotation.models.ClipsAction.What",
        "ExportWhat": "annotation.models.Export.What",
        "FeatureSetOrigin": "training.models.FeatureSet.Origin",
        "GroupBy": "training.models.TrainingRun.GroupBy",
        "InvitationState": "accounts.models.Invitation.State",
        "JobState": "jobs.models.Job.State",
        "MissingModality": "training.models.Prediction.Missing",
        "Modality": "training.models.Modality",
        "NetworkVariant": "training.models.TrainingRun.Variant",
        "PredictedClips": "training.models.Prediction.Clips",
        "Role": "accounts.models.Role",
        "Language": "accounts.models.User.Language",
        "TrainingDevice": "training.models.TrainingRun.Device",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

CELERY_BROKER_URL = state.broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 24 * 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0  # s; then what is not finished goes back to the broker
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ROUTES = {
    "training.tasks.*": {"queue": "training"},
    "selection.tasks.score": {"queue": "training"},
}
# What only site administrators start, only they cancel; coordinators see how far it is.
ADMINISTRATORS_TASKS = ("training.tasks.", "selection.tasks.")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "jobs.tasks.sweep", "schedule": 10.0},
    "sign of the training worker": {
        "task": "jobs.tasks.give_sign",
        "args": ["training"],
        "schedule": 10.0,
        "options": {"queue": "training"},
    },
    "old exports": {"task": "annotation.tasks.remove_old_exports", "schedule": 3600.0},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^api/health$"]  # asked by http on the machine itself
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS and env.bool("HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = BEHIND_TLS and env.bool("HSTS_PRELOAD", default=True)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")  # whose midnight "today" begins at
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT") or state.folder() / "static")
PUBLISH_STATIC_TO = env.str("PUBLISH_STATIC_TO")  # a proxy's folder for them and the front end
FRONTEND_ROOT = BASE_DIR / "frontend" / "build"
WHITENOISE_ROOT = FRONTEND_ROOT
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/_app/immutable/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.log_lines.WithoutTokens",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
