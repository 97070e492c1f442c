"""``kill -9`` at random moments under load: every acknowledged job is there afterwards, right, and once."""

from __future__ import annotations

from random import Random

from killed_cloud import judge, kill_again_and_again


def test_every_acknowledged_job_survives_kill_9(tmp_path):
    db = tmp_path / "jobs.db"
    ledger = kill_again_and_again(db, kills=8, random=Random(5))
    assert len(ledger.acknowledged) > 50
    assert ledger.unanswered  # some kills fell between a request and its answer
    assert judge(db, ledger) == []
