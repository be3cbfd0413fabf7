"""The archive in a Django site: ``INSTALLED_APPS += ["pqa.django"]``.

>>> from pqa.django.parquet import ParquetAnalyticsExporter, ParquetAnalyticsQuerier

Configured by ``PQA = {...}`` and by the settings that the site has: DATABASES, STORAGES,
those of django-storages, RTD_*. Nothing is read from them before it is needed.
"""
