"""Folders whose files are imported by themselves, and the columns that are remembered for them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.folders import FolderForm
from labeling.importing.meanings import Meaning
from labeling.models import ImportFolder, ImportMapping
from labeling.rules import runs_queues
from labeling.services.imports.decisions.memory import mapping_in
from labeling.services.imports.folders import (
    folder_choices,
    import_root,
    resume_folder,
    stop_folder,
    watch_folder,
)
from labeling.services.imports.remembered import forget_mapping, rename_mapping
from qaplatform.errors import DomainError
from qaplatform.people.access import allow


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def folders(request: HttpRequest) -> HttpResponse:
    """The watched folders, and a form for one more."""
    root = import_root()
    form = FolderForm(request.POST or None, folders=folder_choices() if root else ())
    if request.method == "POST" and form.is_valid() and _watch(request, form):
        return redirect("labeling:folders")
    context = {
        "root": root,
        "form": form,
        "has_folders": bool(form.fields["path"].choices),
        "folders": ImportFolder.objects.select_related("mapping", "created_by").order_by("path"),
        "mappings": [(mapping, _columns_of(mapping)) for mapping in ImportMapping.objects.select_related("created_by")],
    }
    return render(request, "labeling/imports/folders.html", context, status=422 if form.errors else 200)


@allow(runs_queues)
@require_POST
def switch_folder(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop watching a folder, or watch it again."""
    folder = get_object_or_404(ImportFolder, public_id=public_id)
    try:
        if folder.is_active:
            stop_folder(folder, actor=request.user)
            messages.success(request, f"{folder.path} is no longer watched. What came from it stays.")
        else:
            resume_folder(folder, actor=request.user)
            messages.success(request, f"{folder.path} is watched again.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("labeling:folders")


@allow(runs_queues)
@require_POST
def rename_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give remembered columns another name."""
    mapping = get_object_or_404(ImportMapping, public_id=public_id)
    try:
        rename_mapping(mapping, request.POST.get("name", ""), actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"These columns are called {mapping.name} now.")
    return redirect("labeling:folders")


@allow(runs_queues)
@require_POST
def forget_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget what the columns of a kind of file meant."""
    mapping = get_object_or_404(ImportMapping, public_id=public_id)
    try:
        forget_mapping(mapping, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The columns of {mapping.name} are forgotten. What came in with them stays.")
    return redirect("labeling:folders")


def _watch(request: HttpRequest, form: FolderForm) -> bool:
    try:
        folder = watch_folder(form.cleaned_data["path"], form.cleaned_data["mapping"], actor=request.user)
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return False
    messages.success(
        request, f"{folder.path} is watched. Files are taken once nobody has written to them for a minute."
    )
    return True


def _columns_of(mapping: ImportMapping) -> list[tuple[str, str]]:
    """The columns of a remembered mapping that mean something."""
    columns = mapping_in(mapping).columns
    return [(column.column, column.meaning.label) for column in columns if column.meaning != Meaning.IGNORED]
