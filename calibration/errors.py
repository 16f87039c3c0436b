"""What calibration refuses, and in which words."""

from qaplatform.errors import InvalidInput, Refused


class GoldRefused(Refused):
    """The act does not fit the state of the gold, or the person may not do it."""

    code = "gold_refused"


class InvalidGold(InvalidInput):
    """A proposed expected answer does not fit; `detail` names the field."""

    code = "invalid_gold"


class InvalidPlan(InvalidInput):
    """A sampling plan does not fit; `detail` names the field."""

    code = "invalid_plan"
