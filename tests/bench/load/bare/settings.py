"""The least that Django needs to answer: no application, no middleware, and the product's pool of connections."""

import os

from environ import Env

SECRET_KEY = os.environ["QA_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "tests.bench.load.bare.views"
USE_TZ = True
USE_I18N = False
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []

DATABASES = {"default": Env().db_url_config(os.environ["DATABASE_URL"])}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": int(os.environ["QA_DB_POOL"]), "timeout": 10}}
