"""A process of labelers for the ledger test: four tabs that claim and answer over HTTP until they are told to stop.

Standard library only, so that it starts at once: it is killed all the time. What was acknowledged stands in a ledger
file, fsynced, before the tab goes on. Run as a script: `ledger_client.py FOLDER NUMBER`.
"""

import hashlib
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from uuid import uuid4

TIMEOUT = 15.0
RETRY = 0.1
SERVER_ERROR = 500
CREATED = 201
FOUR = 4
QUEUE_REST = 0.5
STOPPING = threading.Event()


@dataclass(frozen=True)
class Reply:
    """What the server said; status 0 when it said nothing."""

    status: int
    body: bytes = b""

    @property
    def is_definite(self) -> bool:
        """Whether the server decided, rather than failed."""
        return 0 < self.status < SERVER_ERROR

    @property
    def label(self) -> str:
        """The part of a submit's answer that a replay repeats, byte for byte."""
        return self.body.partition(b',"next":')[0].decode()

    @property
    def code(self) -> str:
        """The code of an error."""
        with suppress(ValueError, AttributeError):
            return str(json.loads(self.body).get("code", ""))
        return ""


@dataclass
class Ledger:
    """An append-only file of JSON lines, one write a line; shared by the tabs of a process."""

    path: Path

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        # The line that a kill cut short stays alone.
        if size := os.fstat(self._file).st_size:
            with self.path.open("rb") as file:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    os.write(self._file, b"\n")

    def note(self, kind: str, **facts: object) -> None:
        """Write a line."""
        os.write(self._file, json.dumps({"kind": kind, **facts}, separators=(",", ":")).encode() + b"\n")

    def keep(self, kind: str, **facts: object) -> None:
        """Write a line and have it on disk."""
        self.note(kind, **facts)
        os.fsync(self._file)


@dataclass
class Line:
    """A kept-alive connection with somebody's token."""

    address: tuple[str, int]
    token: str
    connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, *, key: str = "", timeout: float = TIMEOUT) -> Reply:
        """Send a request once."""
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection = self.connection or http.client.HTTPConnection(*self.address, timeout=timeout)
            self.connection.request("POST", f"/api/v1/{path}", body, headers)
            answer = self.connection.getresponse()
            return Reply(answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            return Reply(0)

    def close(self) -> None:
        """Let the connection go."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(frozen=True)
class Held:
    """An assignment in somebody's hands."""

    id: str
    token: str
    item: str
    queue: str
    until: float

    @classmethod
    def read(cls, body: Mapping[str, object]) -> "Held":
        """From the API's JSON; items of the ledger test carry their name as their text."""
        item = body["item"]["content"]["body"]["text"]  # type: ignore[index]
        until = datetime.fromisoformat(str(body["lease_until"])).timestamp()
        return cls(str(body["id"]), str(body["token"]), str(item), str(body["queue"]), until)


@dataclass(frozen=True)
class Attempt:
    """A submit as it is sent; its nonce stands in the rationale, so that the stored row can be told from others."""

    held: Held
    nonce: str
    answers: Mapping[str, str]
    key: str
    claims_next: bool = False

    @property
    def path(self) -> str:
        """Where it goes."""
        return f"assignments/{self.held.id}/submit"

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        sent = {"token": self.held.token, "answers": self.answers, "rationale": self.nonce}
        return json.dumps(sent | ({"claim_next": True} if self.claims_next else {})).encode()


@dataclass
class Tab:
    """One tab of one person. `shares` are the probabilities of what a tab does besides answering in time."""

    person: int
    number: int
    line: Line
    ledger: Ledger
    world: Mapping[str, object]
    shares: Mapping[str, float]
    strangers: "deque[tuple[int, Held]]"
    draw: random.Random
    waiting: dict[str, tuple[float, Held]] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Claim and answer until told to stop."""
        held: Held | None = None
        while not STOPPING.is_set():
            held = held or self._due() or self._claim()
            held = self._treat(held) if held else None
        self.line.close()

    def _treat(self, held: Held) -> Held | None:
        """Do what is to be done with an assignment; gives the next one where it came along."""
        due = self._late_at(held)
        if due > time.time():
            self.waiting[held.queue] = (due, held)
            return None
        self.waiting.pop(held.queue, None)
        if due:
            return self._answer(held)
        if self._happens("skip"):
            return self._skip(held, self.draw.choice(("language", "unclear")))
        if self._happens("danger"):
            return self._skip(held, "illegal")
        if self._happens("stranger"):
            self._answer_for_a_stranger()
        if self._happens("extend"):
            self._extend(held)
        return self._answer_four_times(held) if self._happens("four") else self._answer(held)

    def _late_at(self, held: Held) -> float:
        """When an assignment that is answered late is answered; 0 for others.

        Drawn from its id, so that both tabs of a person, in two processes, agree on it.
        """
        digest = hashlib.sha256(held.id.encode()).digest()
        if digest[0] / 256 >= self.shares["late"]:
            return 0.0
        return held.until + 0.1 + 4 * digest[1] / 256

    def _due(self) -> Held | None:
        for due, held in self.waiting.values():
            if due <= time.time():
                return held
        return None

    def _claim(self) -> Held | None:
        """Ask one of the queues that have something for this tab."""
        now = time.time()
        queues = [
            queue for queue in self.world["queues"] if queue not in self.waiting and self.rests.get(queue, 0) < now
        ]  # type: ignore[attr-defined]
        if not queues:
            time.sleep(0.05)
            return None
        queue = self.draw.choice(queues)
        reply = self.line.post(f"queues/{queue}/claim", b"{}")
        if reply.status == 200:
            return self._note_claim(json.loads(reply.body), sent=now)
        if reply.status == 204:
            self.ledger.note("nothing", person=self.person)
            self.rests[queue] = time.time() + QUEUE_REST
        elif reply.is_definite:
            self._say_wrong("Q2", f"claim answered {reply.status} {reply.code}")
        else:
            self._note_failure(reply)
        return None

    def _note_claim(self, body: Mapping[str, object], *, sent: float) -> Held:
        held = Held.read(body)
        self.ledger.note(
            "claim",
            person=self.person,
            tab=self.number,
            item=held.item,
            assignment=held.id,
            sent=sent,
            until=held.until,
        )
        self.strangers.append((self.person, held))
        return held

    def _answer(self, held: Held) -> Held | None:
        attempt = self._attempt(held, keyed=not self._happens("keyless"), claims_next=self._happens("next"))
        first = time.time()
        reply = self._send(attempt, self.line)
        self._note_outcome(attempt, reply, first=first)
        if reply.status != CREATED:
            return None
        if attempt.key and self._happens("twice"):
            self._send_twice(attempt, reply)
        if attempt.key and self._happens("other_body"):
            self._send_other_body(attempt)
        following = json.loads(reply.body).get("next")
        return self._note_claim(following, sent=first) if following and following["queue"] not in self.waiting else None

    def _attempt(self, held: Held, *, keyed: bool = True, claims_next: bool = False) -> Attempt:
        nonce = uuid4().hex
        answers = {"category": self.draw.choice(self.world["categories"])}  # type: ignore[arg-type]
        if self._happens("never_sample"):
            answers = {"category": str(self.world["never_sample"])}
        return Attempt(held, nonce, answers, key=nonce if keyed else "", claims_next=claims_next)

    def _send(self, attempt: Attempt, line: Line) -> Reply:
        """Send until the server decides; what is about to be sent is noted first."""
        self.ledger.note(
            "sent", person=self.person, assignment=attempt.held.id, nonce=attempt.nonce, answers=attempt.answers
        )
        while True:
            reply = line.post(attempt.path, attempt.body, key=attempt.key)
            if reply.is_definite or STOPPING.is_set():
                return reply
            self._note_failure(reply)
            time.sleep(RETRY)

    def _note_outcome(self, attempt: Attempt, reply: Reply, *, first: float) -> None:
        held = attempt.held
        facts = {
            "person": self.person,
            "item": held.item,
            "assignment": held.id,
            "nonce": attempt.nonce,
            "answers": attempt.answers,
            "sent": first,
            "acknowledged": time.time(),
        }
        match reply.status, reply.code:
            case 201, _:
                receipt = json.loads(reply.body)["label"]
                self.ledger.keep("answer", **facts, label=receipt["id"], overrun=time.time() > held.until)
            case 409, "late" | "withdrawn":
                self.ledger.keep("late", **facts, why=reply.code)
            case 409, "already_answered":
                self.ledger.note("already", **facts)
            case status, code if reply.is_definite:
                self._say_wrong("Q5", f"own answer to {held.id} got {status} {code}")

    def _send_twice(self, attempt: Attempt, before: Reply) -> None:
        again = self._send(attempt, self.line)
        if not again.is_definite:
            return
        if (again.status, again.label) == (before.status, before.label):
            self.ledger.note("replay")
        else:
            self._say_wrong("Q4", f"{attempt.key} answered {before.label}, then {again.status} {again.label[:300]}")

    def _send_other_body(self, attempt: Attempt) -> None:
        other = Attempt(attempt.held, f"other {attempt.nonce}", {"category": "no_violation"}, attempt.key)
        reply = self.line.post(other.path, other.body, key=other.key)
        if (reply.status, reply.code) == (422, "key_reused"):
            self.ledger.note("other_body")
        elif reply.is_definite:
            self._say_wrong("Q4", f"another body under {attempt.key} got {reply.status} {reply.code}")

    def _answer_for_a_stranger(self) -> None:
        """Send an answer to what somebody else holds or held, with the right token."""
        others = [held for person, held in list(self.strangers) if person != self.person]
        if not others:
            return
        held = self.draw.choice(others)
        attempt = Attempt(held, f"stranger {uuid4().hex}", {"category": "spam"}, key=uuid4().hex)
        reply = self.line.post(attempt.path, attempt.body, key=attempt.key)
        if reply.status == 404:
            self.ledger.note("stranger")
        elif reply.is_definite:
            self._say_wrong("Q5", f"a stranger's answer to {held.id} got {reply.status} {reply.code}")

    def _answer_four_times(self, held: Held) -> None:
        """Four simultaneous submits of one person: one is stored."""
        attempts = [self._attempt(held) for _ in range(FOUR)]
        replies: list[Reply] = [Reply(0)] * FOUR
        start = threading.Barrier(FOUR)
        first = time.time()

        def send(place: int) -> None:
            line = Line(self.line.address, self.line.token)
            line.post("queues/none/claim", b"{}")
            start.wait()
            replies[place] = self._send(attempts[place], line)
            line.close()

        threads = [threading.Thread(target=send, args=(place,), daemon=True) for place in range(FOUR)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for attempt, reply in zip(attempts, replies, strict=True):
            self._note_outcome(attempt, reply, first=first)
        stored = sum(reply.status == CREATED for reply in replies)
        self.ledger.note("four", stored=stored)
        if stored > 1:
            self._say_wrong("Q1", f"{stored} of four simultaneous submits to {held.id} were stored")

    def _skip(self, held: Held, reason: str) -> None:
        sent = time.time()
        body = json.dumps({"token": held.token, "reason": reason}).encode()
        reply = self.line.post(f"assignments/{held.id}/skip", body)
        if reply.status == 200:
            self.ledger.keep(
                "skip",
                person=self.person,
                item=held.item,
                assignment=held.id,
                reason=reason,
                sent=sent,
                acknowledged=time.time(),
            )
        elif reply.status == 404:
            self._say_wrong("Q5", f"own skip of {held.id} got 404")
        elif not reply.is_definite:
            self._note_failure(reply)

    def _extend(self, held: Held) -> None:
        reply = self.line.post(f"assignments/{held.id}/extend", json.dumps({"token": held.token}).encode())
        if reply.status == 200:
            self.ledger.note("extend")
        elif reply.status == 404:
            self._say_wrong("Q5", f"own extension of {held.id} got 404")

    def _note_failure(self, reply: Reply) -> None:
        self.ledger.note("failure", status=reply.status)
        if not reply.status:
            time.sleep(RETRY)

    def _say_wrong(self, promise: str, what: str) -> None:
        self.ledger.keep("wrong", promise=promise, what=f"person {self.person}: {what}")

    def _happens(self, what: str) -> bool:
        return self.draw.random() < self.shares[what]


def main(folder: Path, number: int) -> None:
    """Run the tabs that belong to this process."""
    signal.signal(signal.SIGTERM, _stop)
    world = json.loads((folder / "world.json").read_text())
    ledger = Ledger(folder / f"client-{number}.jsonl")
    strangers: deque[tuple[int, Held]] = deque(maxlen=60)
    tabs = [
        Tab(
            person=person,
            number=tab,
            line=Line(tuple(world["address"]), world["tokens"][person]),
            ledger=ledger,
            world=world,
            shares=world["shares"],
            strangers=strangers,
            draw=random.Random(f"{world['seed']}:{person}:{tab}:{time.time_ns()}"),
        )
        for person, tab in world["processes"][number]
    ]
    threads = [threading.Thread(target=tab.run) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _stop(_number: int, _frame: FrameType | None) -> None:
    STOPPING.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
