"""Figures, scorecards, flags and gold: what the pages show, for programs."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calibration.api.parameters import PAGING, SIGNED_IN, access_of, queue_of, read_parameters
from calibration.api.serializers import AccuracyOut, AgreementMetricsOut, FlagOut, GoldOut, ScorecardOut
from calibration.enums import Cut, FlagState, GoldPool, GoldState, Metric, Reference
from calibration.queries.accuracy import RESULT_ROLES, accuracy_figures
from calibration.queries.agreement import agreement_page
from calibration.queries.flags import visible_flags
from calibration.queries.gold import rows_of_gold, visible_gold
from calibration.queries.score_counts import MEASURED
from calibration.queries.scorecards import scorecard
from qaplatform import clock
from qaplatform.api.pagination import PageByCursor
from qaplatform.errors import NotFound
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.queries.scopes import visible_labelers
from qaplatform.people.rules import (
    is_labeler,
    is_policy_owner,
    is_qa_manager,
    is_team_lead,
    is_trainer,
    is_vendor_manager,
)

READ_SCOPE = "read"
AGREEMENT_ROLES = frozenset({Role.QA_MANAGER, Role.TRAINER, Role.POLICY_OWNER})
AGREEMENT_CUTS = (Cut.QUEUE, Cut.WEEK, Cut.CLAUSE, Cut.CATEGORY, Cut.LANGUAGE, Cut.VENDOR, Cut.VENDOR_PAIR)
REFERENCES = tuple(reference.value for reference in MEASURED)
ACCURACY_CUTS = (Cut.QUEUE, Cut.VENDOR, Cut.TEAM, Cut.CLAUSE, Cut.LABELER)

sees_results = is_qa_manager | is_team_lead | is_vendor_manager
keeps_gold = is_qa_manager | is_policy_owner | is_trainer


def _query(*names: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, str, required=False) for name in names]


@allow(sees_results | is_trainer | is_policy_owner, token_scope=READ_SCOPE)
class QueueMetrics(APIView):
    """Agreement or accuracy of a queue by one cut, each with n, interval, reference and population."""

    @extend_schema(
        auth=SIGNED_IN,
        responses=AgreementMetricsOut,
        parameters=_query("metric", "question", "cut", "reference"),
        operation_id="queue_metrics",
    )
    def get(self, request: Request, queue_id: UUID) -> Response:
        """Parameters: metric (agreement, accuracy), cut, question (agreement only), reference (accuracy only)."""
        access = access_of(request)
        listed = {"metric": Metric.values, "cut": Cut.values, "question": None, "reference": REFERENCES}
        sent = read_parameters(request, listed)
        queue = queue_of(access, queue_id)
        if sent.get("metric") == Metric.ACCURACY:
            read_parameters(request, {"metric": Metric.values, "cut": ACCURACY_CUTS, "reference": REFERENCES})
            reference = Reference(sent.get("reference", Reference.GOLD))
            figures = accuracy_figures(access, queue, Cut(sent.get("cut", Cut.QUEUE)), reference=reference)
            return Response({"queue": queue.public_id, "figures": AccuracyOut(figures, many=True).data})
        read_parameters(request, {"metric": Metric.values, "cut": AGREEMENT_CUTS, "question": None})
        if not access.reach(AGREEMENT_ROLES).everything:
            raise NotFound
        page = agreement_page(queue, sent.get("question", ""), Cut(sent.get("cut", Cut.QUEUE)))
        return Response(AgreementMetricsOut(page).data)


@allow(sees_results, token_scope=READ_SCOPE)
class LabelerScorecard(APIView):
    """A labeler's scorecard. Nobody reads their own here: how closely somebody is watched is told to nobody."""

    @extend_schema(
        auth=SIGNED_IN, responses=ScorecardOut, parameters=_query("reference"), operation_id="labeler_scorecard"
    )
    def get(self, request: Request, labeler_id: UUID) -> Response:
        """One labeler whom the asker covers. Parameter: reference, gold unless told."""
        access = access_of(request)
        sent = read_parameters(request, {"reference": REFERENCES})
        reference = Reference(sent.get("reference", Reference.GOLD))
        people = visible_labelers(access, roles=RESULT_ROLES).exclude(pk=access.labeler_id or 0)
        labeler = people.select_related("vendor", "team").filter(public_id=labeler_id).first()
        if labeler is None:
            raise NotFound
        return Response(ScorecardOut(scorecard(access, labeler, now=clock.now(), reference=reference)).data)


@allow(sees_results | is_trainer | is_labeler, token_scope=READ_SCOPE)
class FlagList(APIView):
    """Flags of the people whom the asker covers, and the own ones; newest first."""

    @extend_schema(
        auth=SIGNED_IN,
        responses=FlagOut(many=True),
        parameters=_query("state", "queue", "cursor", "page_size"),
        operation_id="flags",
    )
    def get(self, request: Request) -> Response:
        """Parameters: state, queue (id), page_size, cursor."""
        access = access_of(request)
        sent = read_parameters(request, {"state": FlagState.values, "queue": None, **PAGING})
        flags = visible_flags(access)
        if "state" in sent:
            flags = flags.filter(state=sent["state"])
        if "queue" in sent:
            flags = flags.filter(queue=queue_of(access, sent["queue"]))
        pages = PageByCursor()
        rows = pages.paginate_queryset(flags, request, view=self)
        return pages.get_paginated_response(FlagOut(rows, many=True).data)


@allow(keeps_gold, token_scope=READ_SCOPE)
class GoldList(APIView):
    """Gold with its newest answers, for those who look after it."""

    @extend_schema(
        auth=SIGNED_IN,
        responses=GoldOut(many=True),
        parameters=_query("state", "pool", "queue", "cursor", "page_size"),
        operation_id="gold",
    )
    def get(self, request: Request) -> Response:
        """Parameters: state, pool, queue (id), page_size, cursor."""
        access = access_of(request)
        listed = {"state": GoldState.values, "pool": GoldPool.values, "queue": None, **PAGING}
        sent = read_parameters(request, listed)
        gold = visible_gold(access).select_related("item", "queue")
        if "queue" in sent:
            gold = gold.filter(queue=queue_of(access, sent["queue"]))
        gold = gold.filter(**{name: sent[name] for name in ("state", "pool") if name in sent})
        pages = PageByCursor()
        rows = pages.paginate_queryset(gold, request, view=self)
        return pages.get_paginated_response(GoldOut(rows_of_gold(rows or []), many=True).data)
