"""A cloud that is killed at random moments under load, and what must be true of it afterwards.

Each job sets the qubits that spell its number, so that its result tells whether it is its own; its number is
in its metadata too, so that a job that was stored twice, or stored without being acknowledged, is recognised.
"""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import time
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Event, Thread

from qiskit_ionq_lite.emulator.server import LocalCloud

HEADERS = {"Authorization": "apiKey key", "Content-Type": "application/json"}
QUBITS = 20
ENDED = ("completed", "failed", "canceled")


def serve(db: str, port: Connection) -> None:
    """The cloud, in a process of its own, until it is killed."""
    cloud = LocalCloud(db)
    cloud.serve_forever(lambda: port.send(int(cloud.url.split(":")[2].split("/")[0])))


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __call__(self, method: str, path: str, body: object = None):
        content = None if body is None else json.dumps(body)
        self.connection.request(method, f"/v0.4{path}", content, HEADERS)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def circuit(number: int) -> list[dict]:
    """Sets the bits of the number, on a qubit more, so that none is empty."""
    bits = [qubit for qubit in range(QUBITS - 1) if number >> qubit & 1]
    return [{"gate": "x", "target": qubit} for qubit in (*bits, QUBITS - 1)]


def expected(number: int) -> dict[str, float]:
    return {str(number | 1 << (QUBITS - 1)): 1}


def body(number: int, batch: bool) -> dict:
    one = {"qubits": QUBITS, "circuit": circuit(number)}
    inner = {"circuits": [one, one]} if batch else one
    return {
        "type": "ionq.multi-circuit.v1" if batch else "ionq.circuit.v1",
        "backend": "simulator",
        "metadata": {"number": str(number)},
        "input": {"gateset": "qis", **inner},
    }


@dataclass
class Ledger:
    """What the clients know: of jobs by id."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: set[int] = field(default_factory=set)
    completed: dict[str, str] = field(default_factory=dict)  # id -> when, as the cloud said
    kills: int = 0
    troubles: list[str] = field(default_factory=list)


def kill_again_and_again(db: Path, kills: int, random: Random, clients: int = 4) -> Ledger:
    """Start, load, kill at a random moment, and so on; the file is left as the last kill left it.

    One start in ten is killed before it is done, in the middle of taking up what the last run left.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["qiskit_ionq_lite.emulator.server"])
    ledger, numbers = Ledger(), itertools.count(1)
    for _ in range(kills):
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(str(db), theirs), daemon=True)
        process.start()
        ledger.kills += 1
        if random.random() < 0.1:
            time.sleep(random.uniform(0.02, 0.2))
            process.kill()
            process.join()
            continue
        port = ours.recv()
        stop = Event()
        threads = [Thread(target=_load, args=(port, ledger, numbers, stop)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.01, 0.3))
        process.kill()
        process.join()
        stop.set()
        for thread in threads:
            thread.join()
        ours.close()
        theirs.close()
    return ledger


def _load(port: int, ledger: Ledger, numbers: itertools.count, stop: Event) -> None:
    """Submit and look, until the cloud is dead."""
    client = Client(port)
    with closing(client.connection):
        _talk(client, ledger, numbers, stop)


def _talk(client: Client, ledger: Ledger, numbers: itertools.count, stop: Event) -> None:
    mine: list[str] = []
    while not stop.is_set():
        number = next(numbers)
        try:
            status, answer = client("POST", "/jobs", body(number, batch=number % 5 == 0))
        except (OSError, http.client.HTTPException, ValueError):
            ledger.unanswered.add(number)
            return
        if status != 201:
            ledger.troubles.append(f"job {number} was answered with {status}: {answer}")
            return
        ledger.acknowledged[answer["id"]] = number
        mine.append(answer["id"])
        try:
            _, job = client("GET", f"/jobs/{mine[number % len(mine)]}")
        except (OSError, http.client.HTTPException, ValueError):
            return
        if job["status"] == "completed":
            ledger.completed[job["id"]] = job["completed_at"]


def judge(db: Path, ledger: Ledger) -> list[str]:
    """What is wrong after the next start: lost jobs, wrong results, doubles, or jobs that ran once more."""
    troubles = list(ledger.troubles)
    with LocalCloud(db) as cloud:
        client = Client(int(cloud.url.split(":")[2].split("/")[0]))
        for job_id, number in ledger.acknowledged.items():
            status, job = client("GET", f"/jobs/{job_id}")
            while status == 200 and job["status"] not in ENDED:
                time.sleep(0.002)
                status, job = client("GET", f"/jobs/{job_id}")
            if status != 200 or job["status"] != "completed" or job["metadata"]["number"] != str(number):
                troubles.append(f"job {number} is {job}")
            elif not _is_right(client, job, number):
                troubles.append(f"job {number} has a wrong result")
            elif ledger.completed.get(job_id, job["completed_at"]) != job["completed_at"]:
                troubles.append(f"job {number} had completed and ran again")
        troubles += _doubles(client, ledger)
        client.connection.close()
    return troubles


def _is_right(client: Client, job: dict, number: int) -> bool:
    if job["child_job_ids"] is None:
        return client("GET", f"/jobs/{job['id']}/results/probabilities")[1] == expected(number)
    found = client("GET", f"/jobs/{job['id']}/results/probabilities/aggregated")[1]
    return found == dict.fromkeys(job["child_job_ids"], expected(number)) and len(found) == 2


def _doubles(client: Client, ledger: Ledger) -> list[str]:
    """Jobs that are there twice, or that nobody asked for."""
    seen: dict[str, str] = {}
    token, troubles = "", []
    while token is not None:
        _, page = client("GET", f"/jobs?limit=25&next={token}")
        for job in page["jobs"]:
            number = job["metadata"]["number"]
            if number in seen:
                troubles.append(f"job {number} is there twice: {seen[number]} and {job['id']}")
            if job["id"] not in ledger.acknowledged and int(number) not in ledger.unanswered:
                troubles.append(f"job {number} was never sent")
            seen[number] = job["id"]
        token = page["next"]
    return troubles
