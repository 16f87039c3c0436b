"""A table of labels by month beside a flat one, 10,000,000 rows each: the statements that matter, and a month's end.

make bench ARGS="-s tests/bench/test_partitions.py"

`PARTITION_ROWS=1000000` makes both smaller. What the figures mean for the product is in docs/scaling.md.
"""

import os
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from labeling.services.imports.staging import execute, fetch
from qaplatform.local.postgres import DATABASE
from tests.bench.durable import copy_database, durable_cluster, settle, superuser, using
from tests.bench.measuring import load_words, tell

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("PARTITION_ROWS", "10000000"))
MONTHS = 24
RUNS = 21
FIRST = "timestamptz '2025-01-01 00:00+00'"
LAST_MONTH = f"{FIRST} + interval '{MONTHS - 1} months'"
TABLES = ("flat_label", "monthly_label")

MAKE = f"""
CREATE TABLE flat_label (LIKE labeling_label INCLUDING DEFAULTS);
CREATE TABLE monthly_label (LIKE labeling_label INCLUDING DEFAULTS) PARTITION BY RANGE (created_at);
DO $$ BEGIN FOR n IN 0..{MONTHS - 1} LOOP
    EXECUTE format('CREATE TABLE monthly_label_%s PARTITION OF monthly_label FOR VALUES FROM (%L) TO (%L)', n,
        {FIRST} + n * interval '1 month', {FIRST} + (n + 1) * interval '1 month');
END LOOP; END $$
"""

# In the order of time, as labels come: three answers an item, 20 queues, 1,000 people.
FILL = f"""
INSERT INTO flat_label (id, public_id, answers, rationale, claimed_at, created_at, item_id, labeler_id, queue_id,
    schema_id, slot_id, policy_version_id)
SELECT n, gen_random_uuid(), '{{"category": "spam"}}', '', at, at, n / 3, n % 1000, n % 20, 1, n, 1
FROM (SELECT n, {FIRST} + n * (interval '{MONTHS} months' / {ROWS}::float8 * 0.99) AS at
      FROM generate_series(1, {ROWS}) n) labels
"""

# A unique index of a partitioned table must hold the column that it is partitioned by.
INDEXES = """
CREATE UNIQUE INDEX ON {table} (id{more});
CREATE UNIQUE INDEX ON {table} (public_id{more});
CREATE UNIQUE INDEX ON {table} (slot_id{more}) WHERE revises_id IS NULL;
CREATE INDEX ON {table} (slot_id);
CREATE INDEX ON {table} (item_id);
CREATE INDEX ON {table} (queue_id, created_at);
CREATE INDEX ON {table} (labeler_id, created_at)
"""

STATEMENTS = {
    "one month of a queue, counted by category": f"""
        SELECT answers ->> 'category', count(*) FROM {{table}}
        WHERE queue_id = 7 AND created_at >= {LAST_MONTH} GROUP BY 1""",
    "all months of a queue, counted by category": """
        SELECT answers ->> 'category', count(*) FROM {table} WHERE queue_id = 7 GROUP BY 1""",
    "the last 500 answers of a person": """
        SELECT id FROM {table} WHERE labeler_id = 77 ORDER BY created_at DESC LIMIT 500""",
    "the answers to an item": f"SELECT id FROM {{table}} WHERE item_id = {ROWS // 5}",
    "the first label of a slot": f"SELECT id FROM {{table}} WHERE slot_id = {ROWS // 5} AND revises_id IS NULL",
    "the same, month known": f"""
        SELECT id FROM {{table}} WHERE slot_id = {ROWS // 5} AND revises_id IS NULL
        AND created_at = (SELECT created_at FROM flat_label WHERE id = {ROWS // 5})""",
}
STORE = """
INSERT INTO {table} (id, public_id, answers, rationale, claimed_at, created_at, item_id, labeler_id, queue_id,
    schema_id, slot_id, policy_version_id)
SELECT max_id + n, gen_random_uuid(), '{{"category": "spam"}}', '', at, at, max_id, 5, 7, 1, max_id + n, 1
FROM generate_series(1, 1000) n, (SELECT max(id) AS max_id, max(created_at) AS at FROM {table}) newest
"""
SIZES = """
SELECT pg_size_pretty(sum(pg_table_size(relid))), pg_size_pretty(sum(pg_indexes_size(relid)))
FROM (SELECT relid FROM pg_partition_tree('{table}') WHERE isleaf UNION SELECT '{table}'::regclass) parts
"""


@pytest.fixture(scope="module")
def tables(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), durable_cluster() as postgres, using(copy_database(postgres, "labels")):
        with superuser(postgres, DATABASE) as cursor:
            cursor.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
            cursor.execute("ALTER SYSTEM SET maintenance_work_mem = '512MB'")
            cursor.execute("SELECT pg_reload_conf()")
        execute(MAKE)
        execute(FILL)
        execute("INSERT INTO monthly_label SELECT * FROM flat_label")
        execute(INDEXES.format(table="flat_label", more=""))
        execute(INDEXES.format(table="monthly_label", more=", created_at"))
        settle()
        yield
        connection.close()


def seconds_of(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def compared(statement: str) -> list[float]:
    """Median seconds in either table; they take turns."""
    times = [[seconds_of(lambda t=table: fetch(statement.format(table=t))) for table in TABLES] for _ in range(RUNS)]
    return [median(column) for column in zip(*times, strict=True)]


def stored() -> list[float]:
    times = [[seconds_of(lambda t=table: execute(STORE.format(table=t))) for table in TABLES] for _ in range(RUNS)]
    return [median(column) for column in zip(*times, strict=True)]


def test_a_slot_keeps_one_first_label_only_within_a_month(tables: None) -> None:
    """The price of partitions: the guard first_label_once_a_slot does not reach over months."""
    twice = f"INSERT INTO monthly_label SELECT * FROM monthly_label WHERE slot_id = {ROWS}"
    execute(twice.replace("SELECT *", f"SELECT {shifted_columns()}"))

    assert fetch(f"SELECT count(*) FROM monthly_label WHERE slot_id = {ROWS} AND revises_id IS NULL") == [(2,)]
    with pytest.raises(Exception, match="duplicate key") as refused:
        execute(twice)
    assert isinstance(refused.value.__cause__, psycopg.errors.UniqueViolation)


def test_labels_by_month(tables: None, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(name, *compared(statement)) for name, statement in STATEMENTS.items()]
    rows.append(("storing 1,000 labels", *stored()))
    sizes = [fetch(SIZES.format(table=table))[0] for table in TABLES]
    deleted = seconds_of(lambda: execute(f"DELETE FROM flat_label WHERE created_at < {FIRST} + interval '1 month'"))
    vacuumed = seconds_of(lambda: execute("VACUUM flat_label"))
    dropped = seconds_of(lambda: execute("DROP TABLE monthly_label_0"))

    with capsys.disabled():
        tell(
            f"{ROWS:,} labels over {MONTHS} months; median of {RUNS}, taking turns; {load_words()}",
            "| what | flat | by month | ratio |",
            "|---|---|---|---|",
            *(f"| {n} | {1000 * flat:.2f} ms | {1000 * m:.2f} ms | {m / flat:.2f} |" for n, flat, m in rows),
            f"| rows | {sizes[0][0]} | {sizes[1][0]} | |",
            f"| indexes | {sizes[0][1]} | {sizes[1][1]} | |",
            f"| a month goes | {deleted:.1f} s and {vacuumed:.1f} s of vacuum | {1000 * dropped:.0f} ms | |",
        )


def shifted_columns() -> str:
    """Each column as it is, but a month before."""
    names = fetch("SELECT attname FROM pg_attribute WHERE attrelid = 'monthly_label'::regclass AND attnum > 0")
    return ", ".join("created_at - interval '1 month'" if name == "created_at" else str(name) for (name,) in names)
