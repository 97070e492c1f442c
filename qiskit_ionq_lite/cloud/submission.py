"""Exactly one job for one submission, whatever the network does.

Every submission carries a random token in its job's metadata. Where an answer leaves its fate open, the list
of jobs is looked through for the token before anything is sent again; and where it was sent again all the
same, the list is looked through once more, and a job too many is canceled.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING

from qiskit_ionq_lite.circuits.header import TOKEN_KEY
from qiskit_ionq_lite.cloud.journal import Journal
from qiskit_ionq_lite.errors import IonQAPIError, IonQUnconfirmedError
from qiskit_ionq_lite.notices import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client
    from qiskit_ionq_lite.cloud.journal import Submission
    from qiskit_ionq_lite.cloud.retries import RetryPolicy

_MARGIN, _UNKNOWN_MARGIN = 10.0, 600.0  # seconds that a job may seem older than its submission
_MOST_LOOKED_THROUGH = 5_000  # jobs


@dataclass(frozen=True)
class SubmissionPolicy:
    """How hard to try.

    Attributes:
        tries: times that a job is sent, each but the first only after it was looked for in vain.
        looks: seconds before each look at the list of jobs: a gateway may give up before the cloud does.
    """

    tries: int = 5
    looks: tuple[float, ...] = (0.25, 1.5)

    @classmethod
    def like(cls, policy: RetryPolicy) -> SubmissionPolicy:
        """As patient as the policy for single requests."""
        return cls(policy.tries, (policy.first_wait, 6 * policy.first_wait))


class Submitter:
    """Sends jobs, and writes down what it sends.

    Args:
        client: of the API.
        journal: where submissions are written down; nowhere by default.
        policy: how hard to try.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        client: Client,
        journal: Journal | None = None,
        policy: SubmissionPolicy | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._journal = journal or Journal(None, "", "")
        self._policy = policy or SubmissionPolicy()
        self._sleep = sleep

    def submit(self, body: bytes, submission: Submission) -> str:
        """Have exactly one job made of ``body``, which holds the submission's token; its id.

        Raises:
            IonQOptionError: if the API's version has no way to say it; nothing was sent.
            IonQUnconfirmedError: if it was sent, and neither an answer nor the list of jobs could be had.
            IonQAPIError: if the cloud refused it, or was never reached; there is no job.
        """
        body = self._client.encoded(body)
        self._journal.begin(submission)
        try:
            job_id = self._submit(body, submission)
        except IonQUnconfirmedError:
            self._journal.leave_open(submission.token)
            raise
        except IonQAPIError:
            self._journal.refuse(submission.token)
            raise
        except BaseException:
            self._journal.leave_open(submission.token)
            raise
        self._journal.confirm(submission.token, job_id)
        return job_id

    def recover(self) -> tuple[dict[str, Submission], list[Submission]]:
        """Find out the fate of submissions that a process left open when it died.

        Returns:
            job id -> submission, for those that have a job; and those that were never sent.
        """
        left = self._journal.open()
        found: dict[str, Submission] = {}
        for wait in (0.0, *self._policy.looks):
            if left:
                self._sleep(wait)
                jobs = tokens_of(self._client, left)
                found |= {ids[0]: one for one in left for ids in [jobs.get(one.token)] if ids}
                left = [one for one in left if one.token not in jobs]
        for job_id, submission in found.items():
            self._journal.confirm(submission.token, job_id)
        for submission in left:
            self._journal.give_up(submission.token)
        return found, left

    def _submit(self, body: bytes, submission: Submission) -> str:
        for attempt in range(self._policy.tries):
            try:
                job_id = self._client.create_job(body).id
            except IonQAPIError as error:
                if not error.maybe_done:
                    if attempt:
                        return self._looked_for(submission, error)
                    raise
                found = self._look(submission, error)
                if found:
                    return found[0]
                failure = error
            else:
                return self._only(job_id, submission) if attempt else job_id
        raise failure

    def _looked_for(self, submission: Submission, error: IonQAPIError) -> str:
        """A refusal after an attempt that left its fate open: the earlier one may have come through."""
        found = self._look(submission, error)
        if not found:
            raise error
        return found[0]

    def _look(self, submission: Submission, error: IonQAPIError) -> list[str]:
        """Ids of the jobs that carry the token."""
        try:
            for wait in self._policy.looks:
                self._sleep(wait)
                found = tokens_of(self._client, [submission]).get(submission.token)
                if found:
                    return found
        except IonQAPIError as unknown:
            raise IonQUnconfirmedError(
                f"{error} It is unknown whether the job was made, and the list of jobs cannot be had: "
                f"{unknown} provider.recover() finds out later; running it again may pay twice.",
                token=submission.token,
                status_code=error.status_code,
                body=error.body,
                request_id=error.request_id,
                request=error.request,
                maybe_done=True,
            ) from error
        return []

    def _only(self, job_id: str, submission: Submission) -> str:
        """After a second attempt: should the first have come through late, its job is canceled."""
        try:
            found = tokens_of(self._client, [submission]).get(submission.token, [])
            for extra in found:
                if extra != job_id:
                    self._client.cancel_job(extra)
                    notify(
                        f"job {extra} was made twice by a network failure and was canceled; {job_id} goes on"
                    )
        except IonQAPIError as error:
            notify(f"job {job_id} was submitted after a network failure, and may be there twice: {error}")
        return job_id


def tokens_of(client: Client, submissions: Iterable[Submission]) -> dict[str, list[str]]:
    """Token -> ids of the jobs that carry it, for tokens of these submissions."""
    wanted = {submission.token: submission for submission in submissions}
    first = min((submission.submitted_at for submission in wanted.values()), default=0.0)
    found: dict[str, list[str]] = {}
    for job in islice(client.jobs({}), _MOST_LOOKED_THROUGH):
        offset = client.clock_offset
        oldest = first - _UNKNOWN_MARGIN if offset is None else first + offset - _MARGIN
        if _time(job) < oldest:
            break
        token = (job.metadata or {}).get(TOKEN_KEY)
        if isinstance(token, str) and token in wanted:
            found.setdefault(token, []).append(job.id)
    return found


def _time(job: documents.Job) -> float:
    """Seconds since 1970; a job that says no time counts as new."""
    try:
        moment = datetime.fromisoformat((job.submitted_at or "").replace("Z", "+00:00"))
    except ValueError:
        return float("inf")
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp()
