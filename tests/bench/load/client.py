"""People who work without a pause: one process, one kept connection a person, the next request when an answer is in.

It shares the machine with what it measures, so it does as little as it can: raw sockets, bodies made once, and only the
fields it needs are looked for in an answer.
"""

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from uuid import uuid4

TIMEOUT = 30
LARGEST_READ = 65536


class Step(StrEnum):
    NEXT = "next"
    SUBMIT = "submit"


@dataclass(frozen=True)
class Target:
    """Where people work: a server, a queue, and the token of each person."""

    port: int
    queue: str
    tokens: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """A burst ends after so many seconds, or when so many cycles are done, together or by one person."""

    seconds: float
    cycles: int
    cycles_each: int


@dataclass
class Burst:
    """What a burst of work saw. Latencies are seconds; `stored` counts answers that were acknowledged."""

    latencies: dict[Step, list[float]] = field(default_factory=lambda: {step: [] for step in Step})
    statuses: Counter[int] = field(default_factory=Counter)
    stored: int = 0
    seconds: float = 0.0

    @property
    def failures(self) -> int:
        return sum(times for status, times in self.statuses.items() if status >= 500)


class Person:
    """One labeler at one connection. `send` and `receive` take turns."""

    def __init__(self, target: Target, number: int, *, claims_next: bool) -> None:
        self.target = target
        self.number = number
        self.claims_next = claims_next
        self.random = Random(number)
        self.socket = socket.create_connection(("127.0.0.1", target.port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.step = Step.NEXT
        self.held: dict[str, object] | None = None
        self.done = 0
        self.sent_at = 0.0
        self.received = b""

    def send(self) -> None:
        """The next request: a claim, or the answer to what is held."""
        self.step = Step.NEXT if self.held is None else Step.SUBMIT
        path, body = self._claim() if self.held is None else self._submit(self.held)
        key = f"Idempotency-Key: {uuid4().hex}\r\n" if self.held else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.target.port}\r\n{key}Content-Type: application/json\r\n"
            f"Authorization: Token {self.target.tokens[self.number]}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(head.encode() + body)

    def receive(self) -> tuple[int, bytes] | None:
        """Status and body once they are whole."""
        piece = self.socket.recv(LARGEST_READ)
        if not piece:
            raise ConnectionError(f"The server hung up on person {self.number} in {self.step}.")
        self.received += piece
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        return int(head[9:12]), body

    def take(self, status: int, body: bytes) -> bool:
        """What the answer means for what comes next; whether there is anything left to do."""
        if self.step is Step.NEXT:
            self.held = json.loads(body) if status == 200 else None
            return status == 200
        self.done += status == 201
        self.held = json.loads(body)["next"] if status == 201 and self.claims_next else None
        return status == 201

    def _claim(self) -> tuple[str, bytes]:
        return f"/api/v1/queues/{self.target.queue}/claim", b"{}"

    def _submit(self, held: dict[str, object]) -> tuple[str, bytes]:
        answer = self.random.choice(self.target.answers)
        body = {"token": held["token"], "answers": {"category": answer}, "rationale": "", "active_ms": 4000}
        if self.claims_next:
            body["claim_next"] = True
        return f"/api/v1/assignments/{held['id']}/submit", json.dumps(body).encode()


def work(target: Target, *, people: int, limits: Limits, claims_next: bool = False) -> Burst:
    """Let so many people work until a limit is reached; requests under way are waited for."""
    burst = Burst()
    crew = [Person(target, number, claims_next=claims_next) for number in range(people)]
    began = time.perf_counter()
    try:
        _keep_busy(crew, burst, limits, until=began + limits.seconds)
    finally:
        for person in crew:
            person.socket.close()
    burst.seconds = time.perf_counter() - began
    return burst


def _keep_busy(crew: Sequence[Person], burst: Burst, limits: Limits, *, until: float) -> None:
    with selectors.DefaultSelector() as selector:
        for person in crew:
            selector.register(person.socket, selectors.EVENT_READ, person)
            person.send()
        under_way = len(crew)
        while under_way:
            ready = selector.select(TIMEOUT)
            if not ready:
                raise TimeoutError(f"{under_way} requests got no answer in {TIMEOUT} seconds.")
            for key, _ in ready:
                under_way -= not _turn(key.data, burst, limits, until)


def _turn(person: Person, burst: Burst, limits: Limits, until: float) -> bool:
    """Read what came, and send what follows; whether a request is under way."""
    answer = person.receive()
    if answer is None:
        return True
    now = time.perf_counter()
    status, body = answer
    burst.latencies[person.step].append(now - person.sent_at)
    burst.statuses[status] += 1
    burst.stored += person.step is Step.SUBMIT and status == 201
    goes_on = person.take(status, body) and now < until
    if not goes_on or burst.stored >= limits.cycles or person.done >= limits.cycles_each:
        return False
    person.send()
    return True


def _length(head: bytes) -> int:
    """The length that a head names; 0 where it names none."""
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    return int(lowered[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def share_of(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
