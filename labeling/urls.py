"""Addresses of labeling."""

from django.urls import URLPattern, path

from labeling.api import assignments as assignments_api
from labeling.api import labels as labels_api
from labeling.api import openapi
from labeling.api import queues as queues_api
from labeling.views import workspace

app_name = "labeling"
urlpatterns: list[URLPattern] = [
    path("work/", workspace.work, name="work"),
    path("work/start/", workspace.start, name="start"),
    path("work/<uuid:public_id>/", workspace.workspace, name="workspace"),
    # The API of labeling
    path("api/v1/schema", openapi.Schema.as_view(), name="api_schema"),
    path("api/v1/queues/<uuid:queue_id>/claim", assignments_api.claim, name="api_claim"),
    path("api/v1/queues/<uuid:queue_id>/schema", queues_api.schema, name="api_queue_schema"),
    path("api/v1/queues/<uuid:queue_id>/policy", queues_api.policy, name="api_queue_policy"),
    path("api/v1/assignments/<uuid:assignment_id>/submit", assignments_api.submit, name="api_submit"),
    path("api/v1/assignments/<uuid:assignment_id>/extend", assignments_api.extend, name="api_extend"),
    path("api/v1/assignments/<uuid:assignment_id>/skip", assignments_api.skip, name="api_skip"),
    path("api/v1/assignments/<uuid:assignment_id>/reveal", assignments_api.reveal, name="api_reveal"),
    path("api/v1/labels/<uuid:label_id>/revise", labels_api.revise, name="api_revise"),
    path("api/v1/work/pause", assignments_api.pause, name="api_pause"),
]
