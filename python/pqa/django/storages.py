"""Where the archive is, from the storages of a site."""
from __future__ import annotations

import dataclasses
import os
from typing import Any, Mapping, Optional

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.utils.functional import LazyObject, empty
from django.utils.module_loading import import_string

from .conf import Conf

_S3_MODULES = ("storages.backends.s3", "storages.backends.s3boto3")
_KNOWN_PARAMETERS = {"ServerSideEncryption": "s3_encryption", "SSEKMSKeyId": "s3_kms_key",
                     "StorageClass": "s3_storage_class"}


@dataclasses.dataclass(frozen=True)
class Place:
    """A store, and arguments of pqa.Archive that go with it."""
    store: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def find_place(conf: Conf, storage: Any = None) -> Place:
    """The place of a storage, else what PQA says, else of the site's default storage.
    ImproperlyConfigured where it is none that the library writes to."""
    if storage is None and conf.store is not None:
        return Place(os.fspath(conf.store))
    return place_of(default_storage(conf) if storage is None else storage)


def default_storage(conf: Conf) -> Any:
    """The storage of the alias. Without one DEFAULT_FILE_STORAGE counts too, which Django
    does not look at any more since 5.1."""
    if conf.storage is not None:
        return storage_of_alias(conf.storage)
    if django.VERSION >= (5, 1):
        overridden = settings.is_overridden("STORAGES") and "default" in settings.STORAGES
        named = getattr(settings, "DEFAULT_FILE_STORAGE", None)
        if named and not overridden:
            return import_string(named)()
    return storage_of_alias("default")


def storage_of_alias(alias: str) -> Any:
    from django.core.files.storage import InvalidStorageError, storages
    try:
        return storages[alias]
    except InvalidStorageError as error:
        raise ImproperlyConfigured(
            f"the storage '{alias}' is not one of STORAGES: {error}") from error


def place_of(storage: Any) -> Place:
    storage = _unwrap(storage)
    if isinstance(storage, FileSystemStorage):
        return _directory(storage)
    if is_s3(storage):
        return _s3_place(storage)
    raise ImproperlyConfigured(
        f"{_name(storage)} is no storage that the archive can be in: it can be in a "
        "FileSystemStorage, in django-storages' S3Storage, or where PQA['STORE'] says")


def _directory(storage: FileSystemStorage) -> Place:
    location = os.path.abspath(storage.location)
    if not storage.base_location and location == os.getcwd():
        raise ImproperlyConfigured(
            f"{_name(storage)} has no location, so that each process would have an archive in "
            "the directory that it was started in: MEDIA_ROOT is empty")
    return Place(location)


def _unwrap(storage: Any) -> Any:
    while isinstance(storage, LazyObject):
        if storage._wrapped is empty:
            storage._setup()
        storage = storage._wrapped
    return storage


def _name(storage: Any) -> str:
    kind = type(storage)
    return f"{kind.__module__}.{kind.__qualname__}"


def is_s3(storage: Any) -> bool:
    return any(kind.__module__ in _S3_MODULES and kind.__name__ != "BaseStorage"
               for kind in type(_unwrap(storage)).__mro__)


# --- S3 ---


def _s3_place(storage: Any) -> Place:
    bucket = storage.bucket_name
    if not bucket:
        raise ImproperlyConfigured(f"{_name(storage)} has no bucket: set "
                                   "AWS_STORAGE_BUCKET_NAME, or bucket_name in its OPTIONS")
    _refuse_unlike(storage)
    location = str(storage.location or "").strip("/")
    arguments = {
        "s3_endpoint": _endpoint(storage), "s3_region": storage.region_name,
        "s3_profile": getattr(storage, "session_profile", None),
        "s3_access_key": storage.access_key, "s3_secret_key": storage.secret_key,
        "s3_session_token": getattr(storage, "security_token", None),
        "s3_ca_bundle": storage.verify if isinstance(storage.verify, str) else None,
        "s3_addressing": storage.addressing_style, **_object_parameters(storage)}
    return Place(f"s3://{bucket}/{location}" if location else f"s3://{bucket}",
                 {name: value for name, value in arguments.items() if value})


def _refuse_unlike(storage: Any) -> None:
    """What would be done in another way than the site says."""
    if storage.verify is False:
        raise ImproperlyConfigured(
            f"{_name(storage)}: certificates are always verified here; instead of "
            "AWS_S3_VERIFY = False give the path of the server's certificates")
    if getattr(storage, "proxies", None):
        raise ImproperlyConfigured(f"{_name(storage)}: AWS_S3_PROXIES is not taken: set the "
                                   "environment's HTTPS_PROXY and NO_PROXY")


def _endpoint(storage: Any) -> Optional[str]:
    endpoint: Optional[str] = storage.endpoint_url
    if not endpoint or "://" in endpoint:
        return endpoint or None
    return f"{'https' if storage.use_ssl else 'http'}://{endpoint}"


def _object_parameters(storage: Any) -> dict[str, str]:
    """Encryption and storage class; the others (headers of downloads) do not matter here."""
    given: Mapping[str, Any] = storage.object_parameters or {}
    return {argument: str(given[name]) for name, argument in _KNOWN_PARAMETERS.items()
            if given.get(name)}
