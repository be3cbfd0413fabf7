"""Tables and columns of the site's own models."""
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Optional, Type

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured

import pqa

from .conf import Conf

if TYPE_CHECKING:
    from django.db.models import Model

COLUMNS = {"id": "id", "project_id": "project", "version_id": "version", "path": "path",
           "full_path": "full_path", "view_count": "view_count", "date": "date",
           "status": "status"}


def site_model(key: str, name: str) -> "Type[Model]":
    try:
        return apps.get_model(name)
    except (LookupError, ValueError) as error:
        raise ImproperlyConfigured(f"PQA['{key}'] is '{name}': {error}") from error


def page_view_model(name: str) -> "Type[Model]":
    return site_model("MODEL", name)


def site_names(conf: Conf) -> Optional[pqa.Names]:
    """Of the models that PQA names; None: Read the Docs' tables."""
    found = names_of(page_view_model(conf.model)) if conf.model else None
    if not conf.organization_model:
        return found
    model = site_model("ORGANIZATION_MODEL", conf.organization_model)
    return dataclasses.replace(found or pqa.Names(), **_organization_names(model))


def _organization_names(model: "Type[Model]") -> dict[str, str]:
    """By Read the Docs' names: slug, and projects, which is many to many."""
    projects = _field(model, "projects")
    if not projects.many_to_many:
        raise ImproperlyConfigured(
            f"the field 'projects' of {model._meta.label} is not many to many")
    return {"organizations": _table(model), "organization_key": _key(model),
            "organization_slug": _field(model, "slug").column,
            "organization_projects": _table(projects.remote_field.through),
            "organization_projects_organization": projects.m2m_column_name(),
            "organization_projects_project": projects.m2m_reverse_name()}


def names_of(model: "Type[Model]") -> pqa.Names:
    """By the fields' names of the proof of concept's model."""
    columns = {ours: _field(model, theirs).column for ours, theirs in COLUMNS.items()}
    project = _related(model, "project")
    version = _related(model, "version")
    return pqa.Names(
        page_views=_table(model), **columns,
        projects=_table(project), project_key=_key(project),
        project_slug=_field(project, "slug").column,
        versions=_table(version), version_key=_key(version),
        version_slug=_field(version, "slug").column)


def _table(model: "Type[Model]") -> str:
    """As Django quotes it: a name that has its quotes already keeps them."""
    name = model._meta.db_table
    plain = name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
    if '"' in plain:
        raise ImproperlyConfigured(
            f"the table of {model._meta.label} is {name}: a schema cannot be named here. Put it "
            "into the search path: OPTIONS = {'options': '-c search_path=SCHEMA,public'} of "
            "its database in DATABASES")
    return plain


def _field(model: "Type[Model]", name: str) -> Any:
    try:
        return model._meta.pk if name == "id" else model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(
            f"the model {model._meta.label} has no field '{name}'") from error


def _related(model: "Type[Model]", name: str) -> "Type[Model]":
    related: Optional[Type[Model]] = _field(model, name).related_model
    if related is None:
        raise ImproperlyConfigured(
            f"the field '{name}' of {model._meta.label} is no foreign key")
    return related


def _key(model: "Type[Model]") -> str:
    key = model._meta.pk
    assert key is not None
    return str(key.column)
