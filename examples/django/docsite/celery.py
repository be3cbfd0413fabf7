"""celery -A docsite worker -Q web -B"""
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docsite.settings")
app = Celery("docsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
