"""Addresses of calibration."""

from django.urls import path

from calibration.api import exports as exports_api
from calibration.api import figures as figures_api
from calibration.views import (
    adjudications,
    agreement,
    audits,
    consensus,
    demo,
    escalations,
    figure_rows,
    first_run,
    flags,
    glossary,
    gold,
    gold_again,
    gold_corrections,
    home,
    item_adjudications,
    jobs,
    my_quality,
    overview,
    pauses,
    people,
    planner,
    plans,
    results,
    scorecards,
    sources,
    suspicions,
    training,
    training_assign,
    training_attempts,
    training_board,
    uncovering,
    verifications,
)

app_name = "calibration"

loop_urls = [
    path("flags/", flags.inbox, name="flags"),
    path("flags/<uuid:public_id>/", flags.flag_page, name="flag"),
    path("flags/<uuid:public_id>/decide/", flags.decide, name="decide_flag"),
    path("flags/<uuid:public_id>/reply/", flags.reply, name="reply_to_flag"),
    path("flags/items/<uuid:public_id>/dispute/", flags.dispute, name="dispute_item"),
    path("flags/items/<uuid:public_id>/uncover/", uncovering.uncover_evidence, name="uncover_evidence"),
    path("flags/disputes/<uuid:public_id>/decide/", flags.decide_on_dispute, name="decide_dispute"),
    path("flags/disputes/<uuid:public_id>/correct/", flags.confirm_gold_correction, name="confirm_correction"),
    path(
        "flags/suspensions/<uuid:public_id>/confirm/",
        flags.decide_on_suspension,
        {"act": "confirm"},
        name="confirm_suspension",
    ),
    path(
        "flags/suspensions/<uuid:public_id>/reject/",
        flags.decide_on_suspension,
        {"act": "reject"},
        name="reject_suspension",
    ),
    path(
        "flags/suspensions/<uuid:public_id>/lift/", flags.decide_on_suspension, {"act": "lift"}, name="lift_suspension"
    ),
    path("flags/coaching/<uuid:public_id>/sign/", flags.sign_coaching, name="sign_coaching"),
    path("flags/coaching/steps/<uuid:public_id>/done/", flags.finish_step, name="finish_step"),
    path("my-quality/", my_quality.show_my_quality, name="my_quality"),
]

training_urls = [
    path("training/", training.sets, name="sets"),
    path("training/new/", training.new_set, name="new_set"),
    path("training/preview/", training.preview_set, name="preview_set"),
    path("training/sets/<uuid:public_id>/", training.set_page, name="set"),
    path("training/sets/<uuid:public_id>/change/", training.change, name="change_set"),
    path("training/sets/<uuid:public_id>/retire/", training.retire, name="retire_set"),
    path("training/sets/<uuid:public_id>/assign/", training_assign.assign, name="assign_set"),
    path("training/board/", training_board.show_board, name="board"),
    path("training/board/export/", training_board.export, name="board_export"),
    path("training/board/cancel/", training_board.cancel, name="cancel_attempts"),
    path("training/board/due/", training_board.postpone, name="postpone_attempts"),
    path("training/attempts/<uuid:public_id>/", training_attempts.attempt_page, name="attempt"),
    path("training/attempts/<uuid:public_id>/retake/", training_attempts.retake, name="retake"),
    path("training/feedback/<uuid:public_id>/", training_attempts.feedback, name="feedback"),
    path("training/items/<uuid:public_id>/uncover/", uncovering.uncover_answer, name="uncover_answer"),
]

audit_urls = [
    path("audits/", audits.audits, name="audits"),
    path("audits/new/", audits.new_audit, name="new_audit"),
    path("audits/preview/", audits.preview_audit, name="preview_audit"),
    path("audits/<uuid:public_id>/", audits.audit_page, name="audit"),
    path("audits/<uuid:public_id>/reassign/", audits.reassign, name="reassign_audit"),
    path("audits/<uuid:public_id>/close/", audits.close, name="close_audit"),
    path("disagreements/", adjudications.disagreements, name="disagreements"),
    path("disagreements/items/<uuid:public_id>/", item_adjudications.disputed_item, name="disputed_item"),
    path("disagreements/<uuid:public_id>/", adjudications.disagreement, name="disagreement"),
    path("disagreements/<uuid:public_id>/decide/", adjudications.decide_disagreement, name="decide_disagreement"),
]

page_urls = [
    path("", home.home, name="home"),
    path("begin/", first_run.begin, name="begin"),
    path("figures/<uuid:public_id>/count-again/", verifications.count_again, name="count_again"),
    path("overview/", overview.overview, name="overview"),
    path("overview/figures/", overview.figures, name="overview_figures"),
    path("overview/export/", overview.export, name="overview_export"),
    path("agreement/", agreement.explorer, name="agreement"),
    path("agreement/export/<slug:table>/", agreement.export, name="agreement_export"),
    path("agreement/sources/", sources.sources, name="disagreement_sources"),
    path("agreement/items/", agreement.disputed, name="disputed_items"),
    path("agreement/items/export/", agreement.export_disputed, name="disputed_export"),
    path("agreement/items/<uuid:public_id>/uncover/", uncovering.uncover, name="uncover_item"),
    path("queues/<uuid:public_id>/joint-answers/", consensus.consensus_page, name="consensus"),
    path("queues/<uuid:public_id>/joint-answers/join/", consensus.join_now, name="join_answers"),
    path("queues/<uuid:public_id>/joint-answers/export/", consensus.export, name="consensus_export"),
    path("figures/rows/", figure_rows.show_rows, name="figure_rows"),
    path("figures/rows/export/", figure_rows.export_rows, name="figure_rows_export"),
    path("figures/items/", figure_rows.show_items, name="agreement_rows"),
    path("glossary/", glossary.glossary, name="glossary"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:public_id>/try-again/", jobs.try_again, name="try_job_again"),
    path("imports/<uuid:public_id>/result/", results.show_result, name="first_result"),
    path("imports/<uuid:public_id>/result/export/", results.export, name="first_result_export"),
    path("planner/", planner.planner, name="planner"),
    path("people/", people.people, name="people"),
    path("people/export/", people.export, name="people_export"),
    path("people/<uuid:public_id>/", scorecards.show_scorecard, name="scorecard"),
    path("people/<uuid:public_id>/export/", scorecards.export, name="scorecard_export"),
    path("people/<uuid:public_id>/pause/", pauses.pause_page, name="pause"),
    path("pauses/<uuid:public_id>/end/", pauses.change_pause, {"act": "end"}, name="end_pause"),
    path("pauses/<uuid:public_id>/prolong/", pauses.change_pause, {"act": "prolong"}, name="prolong_pause"),
]

demo_urls = [
    path("demo/progress/", demo.demo_progress, name="demo_progress"),
]

gold_urls = [
    path("gold/", gold.list_gold, name="gold"),
    path("gold/propose/", gold.propose, name="propose_gold"),
    path("gold/approve/", gold.approve_all, name="approve_all_gold"),
    path("gold/again/", gold_again.list_again, name="gold_again"),
    path("gold/again/propose/", gold_again.propose, name="propose_gold_again"),
    path("gold/again/approve/", gold_again.approve, name="approve_gold_again"),
    path("gold/answers/<uuid:public_id>/approve/", gold.approve, name="approve_gold"),
    path("gold/corrections/<uuid:public_id>/confirm/", gold_corrections.confirm, name="confirm_gold_correction"),
    path("gold/corrections/<uuid:public_id>/discard/", gold_corrections.discard, name="discard_gold_correction"),
    path("gold/<uuid:public_id>/correct/", gold_corrections.propose, name="correct_gold"),
    path("gold/<uuid:public_id>/", gold.gold_page, name="gold_item"),
    path("gold/<uuid:public_id>/suspend/", gold.change_state, {"act": "suspend"}, name="suspend_gold"),
    path("gold/<uuid:public_id>/resume/", gold.change_state, {"act": "resume"}, name="resume_gold"),
    path("gold/<uuid:public_id>/retire/", gold.change_state, {"act": "retire"}, name="retire_gold"),
    path("suspicions/", suspicions.list_suspicions, name="suspicions"),
    path("suspicions/<uuid:public_id>/", suspicions.suspicion_page, name="suspicion"),
    path("suspicions/<uuid:public_id>/decide/", suspicions.decide, name="decide_suspicion"),
    path("queues/<uuid:public_id>/measuring/", plans.plan_page, name="plan"),
    path("queues/<uuid:public_id>/measuring/consequences/", plans.plan_consequences, name="plan_consequences"),
    path("queues/<uuid:public_id>/measuring/curve/", plans.plan_curve, name="plan_curve"),
]

api_urls = [
    path("api/v1/queues/<uuid:queue_id>/metrics", figures_api.QueueMetrics.as_view(), name="api_metrics"),
    path("api/v1/labelers/<uuid:labeler_id>/scorecard", figures_api.LabelerScorecard.as_view(), name="api_scorecard"),
    path("api/v1/flags", figures_api.FlagList.as_view(), name="api_flags"),
    path("api/v1/gold", figures_api.GoldList.as_view(), name="api_gold"),
    path("api/v1/exports", exports_api.LabelExport.as_view(), name="api_exports"),
]

urlpatterns = [
    path("escalations/", escalations.list_escalations, name="escalations"),
    path("escalations/handled/", escalations.list_handled, name="handled_escalations"),
    path("escalations/<uuid:public_id>/", escalations.escalation, name="escalation"),
    *api_urls,
    *gold_urls,
    *demo_urls,
    *audit_urls,
    *page_urls,
    *loop_urls,
    *training_urls,
]
