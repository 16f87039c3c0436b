"""The compose file holds to the Compose Specification, and to what docs/operator.md asks of a deployment.

`compose-spec.json` is the schema of the Compose Specification (Apache-2.0, compose-spec.LICENSE), unchanged.
"""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Path(__file__).with_name("compose-spec.json")


@pytest.fixture
def compose() -> dict:
    return yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())


@pytest.fixture
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def test_compose_file_fits_the_specification(compose: dict, validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(compose)] == []


def test_a_misspelled_key_is_found(compose: dict, validator: Draft202012Validator) -> None:
    compose["services"]["web"]["port"] = compose["services"]["web"].pop("ports")

    assert any("port" in error.message for error in validator.iter_errors(compose))


def test_all_that_a_deployment_needs_is_there(compose: dict) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "tables", "web", "worker", "beat"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    assert "--maxmemory-policy" in compose["services"]["valkey"]["command"]


def test_web_keeps_connections_and_jobs_do_not(compose: dict) -> None:
    pools = {name: compose["services"][name]["environment"]["QA_DB_POOL"] for name in ("web", "worker", "beat")}

    assert pools == {"web": "4", "worker": "0", "beat": "0"}


def test_nothing_but_the_web_is_reached_from_outside_and_that_from_this_machine_alone(compose: dict) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_every_file_that_is_named_is_there(compose: dict) -> None:
    dockerfile = (ROOT / compose["x-product"]["build"]["dockerfile"]).read_text()
    copied = [word for line in dockerfile.splitlines() if line.startswith("COPY") for word in line.split()[1:-1]]

    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert (ROOT / "deploy" / "roles.sql").exists()
