"""Addresses of labeling."""

from django.urls import URLPattern, path

from labeling.api import assignments as assignments_api
from labeling.api import imports as imports_api
from labeling.api import labels as labels_api
from labeling.api import openapi
from labeling.api import queues as queues_api
from labeling.views import (
    adoptions,
    choices,
    decisions,
    folders,
    imports,
    joins,
    policies,
    policy_versions,
    queues,
    reading,
    requeues,
    workspace,
)

app_name = "labeling"

queue_urls: list[URLPattern] = [
    path("queues/", queues.list_queues, name="queues"),
    path("queues/new/", queues.new_queue, name="new_queue"),
    path("queues/consequences/", queues.queue_consequences, name="queue_consequences"),
    path("queues/<uuid:public_id>/", queues.queue_page, name="queue"),
    path("queues/<uuid:public_id>/settings/", queues.queue_settings, name="queue_settings"),
    path("queues/<uuid:public_id>/questions/", queues.queue_questions, name="queue_questions"),
    path("queues/<uuid:public_id>/ask-again/", requeues.ask_again, name="ask_again"),
    path("policies/", policies.list_policies, name="policies"),
    path("policies/new/", policies.new_policy, name="new_policy"),
    path("policies/reading/", adoptions.list_reading, name="reading"),
    path("policies/<uuid:public_id>/", policies.policy_page, name="policy"),
    path("policies/<uuid:public_id>/draft/", policy_versions.write_version, name="write_version"),
    path("policies/<uuid:public_id>/draft/compare/", policy_versions.review_version, name="review_version"),
    path("policies/<uuid:public_id>/categories/new/", policies.new_category, name="new_category"),
    path("categories/<uuid:public_id>/", policies.change_category, name="change_category"),
    path("queues/<uuid:public_id>/move/", adoptions.move_queue, name="move_queue"),
    path("adoptions/<uuid:public_id>/call-off/", adoptions.call_off, name="call_off"),
]

join_urls: list[URLPattern] = [
    path("imported-people/", joins.imported_people, name="imported_people"),
    path("imported-people/join-certain/", joins.join_all_certain, name="join_all_certain"),
    path("imported-people/of/<uuid:public_id>/", joins.joins_of_account, name="joins_of_account"),
    path("imported-people/joins/<uuid:public_id>/undo/", joins.part, name="part"),
    path("imported-people/<uuid:public_id>/join/", joins.join, name="join"),
]

import_urls: list[URLPattern] = [
    path("imports/", imports.list_imports, name="imports"),
    path("imports/new/", imports.new_import, name="new_import"),
    path("imports/decisions/", decisions.new_decisions, name="new_decisions"),
    path("imports/folders/", folders.folders, name="folders"),
    path("imports/folders/<uuid:public_id>/switch/", folders.switch_folder, name="switch_folder"),
    path("imports/columns/<uuid:public_id>/rename/", folders.rename_columns, name="rename_mapping"),
    path("imports/columns/<uuid:public_id>/forget/", folders.forget_columns, name="forget_mapping"),
    path("imports/<uuid:public_id>/", imports.import_page, name="import"),
    path("imports/<uuid:public_id>/start/", imports.start_import, name="start_import"),
    path("imports/<uuid:public_id>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<uuid:public_id>/discard/", imports.discard_import, name="discard_import"),
    path("imports/<uuid:public_id>/columns/", decisions.choose_columns, name="choose_columns"),
    path("imports/<uuid:public_id>/columns/preview/", decisions.preview_columns, name="preview_columns"),
    path("imports/<uuid:public_id>/columns/change/", decisions.change_columns, name="change_columns"),
    path("imports/<uuid:public_id>/confirm/", decisions.confirm, name="confirm_import"),
    path("imports/<uuid:public_id>/confirm/words/", decisions.confirm_words, name="import_words"),
    path("imports/<uuid:public_id>/undo/", decisions.undo, name="undo_import"),
    path("api/v1/queues/<uuid:queue_id>/items", imports_api.import_items, name="api_import_items"),
    path("api/v1/queues/<uuid:queue_id>/labels", imports_api.import_labels, name="api_import_labels"),
    path("api/v1/imports/<uuid:import_id>", imports_api.import_state, name="api_import_state"),
]

urlpatterns: list[URLPattern] = [
    # First what is asked for with every answer: addresses are tried in this order.
    path("api/v1/queues/<uuid:queue_id>/claim", assignments_api.claim, name="api_claim"),
    path("api/v1/assignments/<uuid:assignment_id>/submit", assignments_api.submit, name="api_submit"),
    *queue_urls,
    *import_urls,
    *join_urls,
    path("work/", workspace.work, name="work"),
    path("work/start/", workspace.start, name="start"),
    path("work/sensitive/", choices.choose_sensitive, name="choose_sensitive"),
    path("work/<uuid:public_id>/choice/", choices.choose_queue, name="choose_queue"),
    path("work/<uuid:public_id>/changes/", reading.read_changes, name="read_changes"),
    path("work/<uuid:public_id>/policy/", reading.desk_policy, name="desk_policy"),
    path("work/<uuid:public_id>/", workspace.workspace, name="workspace"),
    # The API of labeling
    path("api/v1/schema", openapi.Schema.as_view(), name="api_schema"),
    path("api/v1/queues/<uuid:queue_id>/schema", queues_api.schema, name="api_queue_schema"),
    path("api/v1/queues/<uuid:queue_id>/policy", queues_api.policy, name="api_queue_policy"),
    path("api/v1/assignments/<uuid:assignment_id>/extend", assignments_api.extend, name="api_extend"),
    path("api/v1/assignments/<uuid:assignment_id>/skip", assignments_api.skip, name="api_skip"),
    path("api/v1/assignments/<uuid:assignment_id>/reveal", assignments_api.reveal, name="api_reveal"),
    path("api/v1/labels/<uuid:label_id>/revise", labels_api.revise, name="api_revise"),
    path("api/v1/work/pause", assignments_api.pause, name="api_pause"),
]
