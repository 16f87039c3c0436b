"""The chance that a decision had of being drawn into an audit and judged there."""

from calibration.queries.audit_figures import AUDIT_CLOSED

# Of each stratum of each drawn audit, the share that has been judged of what could be: decisions that wait, were
# skipped or left when the audit closed are missing as if by chance within their stratum: those judged stand for them.
# What was withdrawn, replaced by a file or found unclear belongs to no figure. Plan: one pass over drawn decisions.
JUDGED_SHARES = f"""(
    SELECT audit_id, stratum,
           (count(*) FILTER (WHERE judged_at IS NOT NULL AND ended_at IS NULL))::float8 / count(*) AS share
    FROM calibration_auditedlabel
    WHERE inclusion_probability IS NOT NULL AND (ended_at IS NULL OR ended_why = '{AUDIT_CLOSED}')
    GROUP BY audit_id, stratum
)"""  # noqa: S608  A constant only.
