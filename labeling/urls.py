"""Addresses of labeling."""

from django.urls import URLPattern, path

from labeling.views import workspace

app_name = "labeling"
urlpatterns: list[URLPattern] = [
    path("work/", workspace.work, name="work"),
    path("work/start/", workspace.start, name="start"),
    path("work/<uuid:public_id>/", workspace.workspace, name="workspace"),
]
