"""The two policies of the demo and what its queues ask: money, reviews and names, nothing that hurts to read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoClause:
    """A clause: number, title, text."""

    code: str
    title: str
    text: str


@dataclass(frozen=True)
class DemoCategory:
    """A category; `share` is its part of the items, `confused_with` what it is mistaken for, the likeliest first."""

    code: str
    name: str
    clause: str
    severity: int
    share: float
    confused_with: tuple[str, ...] = ()
    is_critical: bool = False
    is_no_violation: bool = False
    never_sample: bool = False


@dataclass(frozen=True)
class DemoQueue:
    """A queue with its policy. `second` is the key of its second question; the first is always `category`."""

    name: str
    skill: str
    policy: str
    description: str
    clauses: tuple[DemoClause, ...]
    categories: tuple[DemoCategory, ...]
    second: str
    spanish_share: float
    ambiguous: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the categories, in the order in which worlds number them; the first is no_violation."""
        return tuple(category.code for category in self.categories)


FRAUD = DemoQueue(
    name="Posts: fraud and deception",
    skill="Fraud and deception",
    policy="Fraud and deception",
    description="Posts and messages that want money, a password or attention under false pretences.",
    second="action",
    spanish_share=0,
    clauses=(
        DemoClause(
            "1.1",
            "Bulk posts",
            "The same offer or link, again and again, unasked for. One advertisement in its place is allowed.",
        ),
        DemoClause(
            "1.2",
            "Engagement bait",
            "Posts that trade likes, shares or follows for a chance or a favour. Asking for an opinion is allowed.",
        ),
        DemoClause(
            "2.1",
            "Scams",
            "A gain promised against a payment now: fees, sure profits, prizes. A risky but honest offer is allowed.",
        ),
        DemoClause(
            "2.2",
            "Phishing",
            "Leading people to give a password, a code or a card number away. A notice that asks for none is allowed.",
        ),
        DemoClause(
            "2.3",
            "Unlabelled advertising",
            "A recommendation that was paid for and does not say so. Praise without payment is allowed.",
        ),
        DemoClause(
            "3.1",
            "Impersonation of a person",
            "An account that speaks as a real person without being that person. Parody that says so is allowed.",
        ),
        DemoClause(
            "3.2",
            "Impersonation of an organisation",
            "An account that speaks as a company, a bank or an office. Fan pages that say so are allowed.",
        ),
        DemoClause(
            "9.1",
            "Somebody is in danger",
            "A person may come to harm now. Escalate at once; such items never enter samples.",
        ),
    ),
    categories=(
        DemoCategory(
            "no_violation",
            "No violation",
            "",
            0,
            0.55,
            ("spam", "ad_unlabelled", "scam", "bait", "fake_person"),
            is_no_violation=True,
        ),
        DemoCategory("spam", "Spam", "1.1", 1, 0.14, ("no_violation", "bait", "scam")),
        DemoCategory("bait", "Engagement bait", "1.2", 1, 0.06, ("spam", "no_violation")),
        DemoCategory("scam", "Scam", "2.1", 3, 0.10, ("spam", "phishing", "no_violation")),
        DemoCategory("phishing", "Phishing", "2.2", 4, 0.05, ("scam", "fake_office"), is_critical=True),
        DemoCategory("ad_unlabelled", "Unlabelled advertising", "2.3", 1, 0.04, ("no_violation", "spam")),
        DemoCategory("fake_person", "Impersonation of a person", "3.1", 3, 0.03, ("no_violation", "fake_office")),
        DemoCategory(
            "fake_office", "Impersonation of an organisation", "3.2", 3, 0.03, ("phishing", "scam", "no_violation")
        ),
        DemoCategory("danger", "Somebody is in danger", "9.1", 4, 0, is_critical=True, never_sample=True),
    ),
)

DISPUTES = DemoQueue(
    name="Reviews and disputes",
    skill="Reviews and disputes",
    policy="Reviews and disputes",
    description="Reviews, complaints and quarrels between buyers, sellers, tenants and neighbours.",
    second="severity",
    spanish_share=0.15,
    ambiguous="debt_pressure",
    clauses=(
        DemoClause(
            "1.1",
            "Invented reviews",
            "A review of something that its author never bought, stayed at or used. A harsh review is allowed.",
        ),
        DemoClause(
            "1.2",
            "Rewarded reviews",
            "A review written or asked for against money or a gift. A voucher open to everybody is allowed.",
        ),
        DemoClause(
            "2.1",
            "Private contact data",
            "A person's address, number or workplace, published in a quarrel. A shop's own address is allowed.",
        ),
        DemoClause(
            "2.2",
            "Pressure over a private debt",
            "Making a private debt public so that somebody pays. Telling one's own story is allowed.",
        ),
        DemoClause(
            "2.3",
            "Empty legal threats",
            "Threatening a court or the police with nothing behind it. Naming one's rights is allowed.",
        ),
        DemoClause(
            "3.1",
            "Selling without delivering",
            "Taking money for goods that the seller does not have. A late parcel is allowed.",
        ),
        DemoClause(
            "9.1",
            "Somebody is in danger",
            "A person may come to harm now. Escalate at once; such items never enter samples.",
        ),
    ),
    categories=(
        DemoCategory(
            "no_violation",
            "No violation",
            "",
            0,
            0.55,
            ("invented_review", "empty_threat", "debt_pressure", "no_delivery"),
            is_no_violation=True,
        ),
        DemoCategory("invented_review", "Invented review", "1.1", 2, 0.12, ("no_violation", "paid_review")),
        DemoCategory("paid_review", "Rewarded review", "1.2", 1, 0.08, ("invented_review", "no_violation")),
        DemoCategory(
            "contact_data", "Private contact data", "2.1", 4, 0.05, ("no_violation", "debt_pressure"), is_critical=True
        ),
        DemoCategory("debt_pressure", "Pressure over a private debt", "2.2", 2, 0.06, ("no_violation",)),
        DemoCategory("empty_threat", "Empty legal threat", "2.3", 1, 0.07, ("no_violation", "debt_pressure")),
        DemoCategory("no_delivery", "Selling without delivering", "3.1", 3, 0.07, ("no_violation",)),
        DemoCategory("danger", "Somebody is in danger", "9.1", 4, 0, is_critical=True, never_sample=True),
    ),
)

QUEUES = (FRAUD, DISPUTES)

ACTIONS = (("label", "Add a notice"), ("limit", "Show to fewer people"), ("remove", "Remove"))
SEVERITIES = (("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical"))


def second_options(queue: DemoQueue) -> tuple[tuple[str, str], ...]:
    """Codes and names of the second question's options."""
    return ACTIONS if queue.second == "action" else SEVERITIES


def second_choice(queue: DemoQueue, category: DemoCategory) -> int:
    """Which option of the second question goes with a violating category."""
    highest = len(second_options(queue)) - 1
    return min(category.severity - 1, highest)


def questions_of(queue: DemoQueue) -> list[dict[str, object]]:
    """The label schema: which category, and for a violation the second question."""
    violating = [category.code for category in queue.categories if not category.is_no_violation]
    is_action = queue.second == "action"
    return [
        {
            "key": "category",
            "kind": "single",
            "prompt": "Which part of the policy does it break?",
            "options": [
                {"code": c.code, "name": c.name, "parent": None, "severity": c.severity} for c in queue.categories
            ],
            "taxonomy": True,
            "cannot_tell": True,
            "required": True,
            "show_if": None,
        },
        {
            "key": queue.second,
            "kind": "single" if is_action else "ordinal",
            "prompt": "What should be done?" if is_action else "How grave is it?",
            "options": [
                {"code": code, "name": name, "parent": None, "severity": position}
                for position, (code, name) in enumerate(second_options(queue))
            ],
            "taxonomy": False,
            "cannot_tell": False,
            "required": True,
            "show_if": {"question": "category", "any_of": violating},
        },
    ]
