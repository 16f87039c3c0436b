"""Remembered columns: renamed, and forgotten once no folder follows them."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.models import ImportFolder, ImportMapping, ImportRun
from labeling.services.imports.decisions.memory import LONGEST_NAME
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.services import record


@transaction.atomic
def rename_mapping(mapping: ImportMapping, name: str, *, actor: AbstractBaseUser) -> ImportMapping:
    """Give remembered columns another name. Raises InvalidInput."""
    named = name.strip()
    if not 1 <= len(named) <= LONGEST_NAME:
        raise InvalidInput(f"Give the columns a name of 1 to {LONGEST_NAME} letters.", detail={"field": "name"})
    before, mapping.name = mapping.name, named
    mapping.save(update_fields=["name"])
    record("import_columns_renamed", mapping, actor=actor, detail={"from": before, "to": named})
    return mapping


@transaction.atomic
def forget_mapping(mapping: ImportMapping, *, actor: AbstractBaseUser) -> None:
    """Guess the next file with these columns anew; what came in stays. Raises Refused where a folder follows them."""
    locked = ImportMapping.objects.select_for_update().get(pk=mapping.pk)
    folder = ImportFolder.objects.filter(mapping=locked).order_by("path").first()
    if folder is not None:
        raise Refused(
            f"The folder {folder.path} follows these columns, also while it is switched off. "
            "Stop watching it and watch it with other columns first."
        )
    ImportRun.objects.filter(mapping=locked).update(mapping=None)
    record("import_columns_forgotten", locked, actor=actor, detail={"name": locked.name})
    locked.delete()
