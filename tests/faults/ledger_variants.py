"""Short runs of the ledger test against a product with one guard taken out."""

from tests.faults.ledger import Goal, run_chapter
from tests.faults.ledger_comparison import Findings
from tests.faults.ledger_guards import GUARDS, Guard
from tests.faults.rig import Rig

SECONDS = 40.0


def run_variant(rig: Rig, name: str) -> Findings:
    """Run until enough answers came in or the time is up, on a database of its own; without a name all is in place."""
    guard = GUARDS.get(name, Guard(promise=""))
    database = f"without_{''.join(filter(str.isalpha, name))}"
    rig.stop_product()
    rig.use_copy(database, without=name)
    with rig.superuser(database) as connection:
        for statement in guard.sql:
            connection.execute(statement.format(database=database))
        for setting in guard.settings:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    rig.start_product("web")
    goal = Goal(guard.answers, guard.kills, seconds=SECONDS, probes=guard.promise == "Q6")
    findings, _ = run_chapter(
        rig, rig.folders.data / database, goal, seed=1, shares=guard.shares, low_water=guard.low_water
    )
    rig.stop_product()
    with rig.superuser() as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
    return findings
