"""What a worker starts from: `celery -A portal.celery worker`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")

from portal.core.celery_app import app

app.autodiscover_tasks(["portal.accounts", "portal.news", "repository", "jobs"])
