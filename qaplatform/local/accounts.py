"""The demo's accounts: the one list that the runner prints and the demo makes."""

from dataclasses import dataclass

DEMO_PASSWORD = "demo-pass"  # noqa: S105  It is public: demo accounts exist on a loopback address only.


@dataclass(frozen=True)
class DemoAccount:
    """Somebody who can sign in to the demo; `title` is the role in words."""

    username: str
    title: str
    first_page: str


DEMO_ACCOUNTS = (
    DemoAccount("lena", "labeler", "judges items with the keyboard"),
    DemoAccount("theo", "team lead", "sees the own team and replies to its flags"),
    DemoAccount("quinn", "QA manager", "reads agreement and accuracy, decides on flags"),
    DemoAccount("quentin", "QA manager", "confirms what quinn proposes"),
    DemoAccount("olga", "auditor", "judges decisions again, blind"),
    DemoAccount("tara", "trainer", "assigns calibration sets"),
    DemoAccount("paul", "policy owner", "publishes policies, approves gold"),
    DemoAccount("vera", "vendor manager", "sees the own vendor, and no other"),
    DemoAccount("ada", "administrator", "keeps accounts and settings"),
)
