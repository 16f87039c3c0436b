"""Who may call which route, said once more by hand; the tests compare it with the rules in the code (T1, T2)."""

from qaplatform.people.enums import Role

ANYBODY = "anybody"
SIGNED_IN = "signed in"
LABELER = "own labeler"

QA = {Role.QA_MANAGER}
TRAINING = {Role.QA_MANAGER, Role.TRAINER}
MEASURES = {Role.QA_MANAGER, Role.TRAINER, Role.POLICY_OWNER, Role.AUDITOR}
POLICIES = {Role.QA_MANAGER, Role.POLICY_OWNER}
PEOPLE = {Role.QA_MANAGER, Role.TEAM_LEAD, Role.VENDOR_MANAGER}
FLAGS = {Role.QA_MANAGER, Role.TEAM_LEAD, Role.TRAINER, Role.VENDOR_MANAGER}
ADMINISTRATION = {Role.ADMINISTRATOR}

ROUTES: dict[str, set[str]] = {
    # Signing in and health
    "healthz": {ANYBODY},
    "readyz": {ANYBODY},
    "calibration:demo_progress": {ANYBODY},
    # People
    "people:accounts": ADMINISTRATION,
    "people:add_account": ADMINISTRATION,
    "people:switch_account": ADMINISTRATION,
    "people:renew_password": ADMINISTRATION,
    "account_reset_password": {ANYBODY},
    "people:vendors": ADMINISTRATION,
    "people:tokens": {SIGNED_IN},
    "people:end_token": {SIGNED_IN},
    # Labeling
    "labeling:queues": TRAINING,
    "labeling:new_queue": QA,
    "labeling:queue_consequences": QA,
    "labeling:queue": TRAINING,
    "labeling:queue_settings": QA,
    "labeling:queue_questions": QA,
    "labeling:policies": POLICIES | TRAINING,
    "labeling:new_policy": POLICIES,
    "labeling:policy": POLICIES | TRAINING,
    "labeling:imports": QA,
    "labeling:new_import": QA,
    "labeling:new_decisions": QA,
    "labeling:folders": QA,
    "labeling:import": QA,
    "labeling:start_import": QA,
    "labeling:import_progress": QA,
    "labeling:discard_import": QA,
    "labeling:work": {LABELER},
    "labeling:start": {LABELER},
    "labeling:workspace": {LABELER},
    "labeling:api_import_items": QA,
    "labeling:api_import_labels": QA,
    "labeling:api_import_state": QA,
    "labeling:api_schema": {ANYBODY},
    "labeling:api_claim": {LABELER},
    "labeling:api_queue_schema": {SIGNED_IN},
    "labeling:api_queue_policy": {SIGNED_IN},
    "labeling:api_submit": {LABELER},
    "labeling:api_extend": {LABELER},
    "labeling:api_skip": {LABELER},
    "labeling:api_reveal": {LABELER},
    "labeling:api_revise": {LABELER},
    "labeling:api_pause": {LABELER},
    # Measuring
    "calibration:home": {SIGNED_IN},
    "calibration:begin": ADMINISTRATION,
    "calibration:overview": QA,
    "calibration:overview_figures": QA,
    "calibration:overview_export": QA,
    "calibration:agreement": MEASURES,
    "calibration:agreement_export": MEASURES,
    "calibration:disputed_items": MEASURES,
    "calibration:disputed_export": MEASURES,
    "calibration:uncover_item": MEASURES | {Role.ESCALATION},
    "calibration:people": PEOPLE,
    "calibration:people_export": PEOPLE,
    "calibration:scorecard": PEOPLE,
    "calibration:scorecard_export": PEOPLE,
    # Flags
    "calibration:flags": FLAGS,
    "calibration:flag": FLAGS | {LABELER},
    "calibration:decide_flag": QA,
    "calibration:reply_to_flag": FLAGS | {LABELER},
    "calibration:dispute_item": FLAGS | {LABELER},
    "calibration:uncover_evidence": FLAGS | {LABELER},
    "calibration:decide_dispute": QA,
    "calibration:confirm_correction": QA,
    "calibration:confirm_suspension": QA,
    "calibration:reject_suspension": QA,
    "calibration:lift_suspension": QA,
    "calibration:sign_coaching": FLAGS | {LABELER},
    "calibration:finish_step": FLAGS | {LABELER},
    "calibration:my_quality": {LABELER},
    # Training
    "calibration:sets": TRAINING,
    "calibration:new_set": TRAINING,
    "calibration:preview_set": TRAINING,
    "calibration:board": TRAINING | {Role.TEAM_LEAD},
    "calibration:set": TRAINING,
    "calibration:assign_set": TRAINING,
    "calibration:retire_set": TRAINING,
    "calibration:attempt": TRAINING | {Role.TEAM_LEAD, LABELER},
    "calibration:uncover_answer": TRAINING | {Role.TEAM_LEAD, LABELER},
    "calibration:retake": TRAINING,
    # Gold and plans of measuring
    "calibration:gold": POLICIES | TRAINING,
    "calibration:gold_item": POLICIES | TRAINING,
    "calibration:propose_gold": POLICIES,
    "calibration:approve_gold": POLICIES,
    "calibration:approve_all_gold": POLICIES,
    "calibration:correct_gold": POLICIES,
    "calibration:confirm_gold_correction": POLICIES,
    "calibration:discard_gold_correction": POLICIES,
    "calibration:suspend_gold": POLICIES,
    "calibration:resume_gold": POLICIES,
    "calibration:retire_gold": POLICIES,
    "calibration:plan": QA,
    "calibration:plan_consequences": QA,
    "calibration:plan_curve": QA,
    # The API of calibration
    "calibration:api_metrics": FLAGS | {Role.POLICY_OWNER},
    "calibration:api_scorecard": PEOPLE,
    "calibration:api_flags": FLAGS | {LABELER},
    "calibration:api_gold": POLICIES | TRAINING,
    "calibration:api_exports": QA,
}
