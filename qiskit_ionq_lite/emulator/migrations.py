"""The database's history: each migration runs once, in order, and commits together with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.errors import IonQError

if TYPE_CHECKING:
    import sqlite3

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE jobs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            parent_id TEXT REFERENCES jobs (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            type TEXT NOT NULL,
            backend TEXT NOT NULL,
            status TEXT NOT NULL,
            name TEXT,
            metadata TEXT,
            session_id TEXT,
            settings TEXT NOT NULL,
            dry_run INTEGER NOT NULL,
            shots INTEGER NOT NULL,
            noise_model TEXT,
            seed INTEGER,
            qubits INTEGER NOT NULL,
            circuits INTEGER NOT NULL,
            one_qubit_gates INTEGER NOT NULL,
            more_qubit_gates INTEGER NOT NULL,
            submitted_at INTEGER NOT NULL,
            started_at INTEGER,
            completed_at INTEGER,
            failure_code TEXT,
            failure_message TEXT
        )
        """,
        "CREATE INDEX jobs_of_parent ON jobs (parent_id, position) WHERE parent_id IS NOT NULL",
        "CREATE INDEX jobs_waiting ON jobs (seq) WHERE parent_id IS NULL AND status = 'ready'",
        """
        CREATE TABLE bodies (
            job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            input BLOB NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE results (
            job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            outcomes BLOB NOT NULL,
            probabilities BLOB NOT NULL,
            shots BLOB
        ) WITHOUT ROWID
        """,
    ),
    (  # what each shot left in the classical registers of an OpenQASM 3 program
        "ALTER TABLE results ADD COLUMN registers BLOB",
        "ALTER TABLE results ADD COLUMN bits BLOB",
    ),
    ("ALTER TABLE jobs ADD COLUMN answer TEXT",),  # results that stand in the job itself
    (
        "ALTER TABLE jobs ADD COLUMN compiled INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE compiled (
            job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            circuit BLOB NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE jobs ADD COLUMN price REAL",),
    (
        """
        CREATE TABLE sessions (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            backend TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            ender_id TEXT,
            job_count_limit INTEGER,
            duration_limit_min INTEGER,
            cost_limit REAL,
            expires_at INTEGER
        )
        """,
        "CREATE INDEX sessions_open ON sessions (expires_at) WHERE ended_at IS NULL",
        "CREATE INDEX jobs_of_session ON jobs (session_id) WHERE session_id IS NOT NULL",
    ),
    (  # what symmetry verification did; older jobs were not looked at
        "ALTER TABLE jobs ADD COLUMN allowed_states INTEGER",
        "ALTER TABLE jobs ADD COLUMN verified INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE results ADD COLUMN discarded BLOB",
    ),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest form.

    Raises:
        IonQError: it was written by a newer version of this package.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise IonQError(
            f"this database has version {version}, and this package knows versions up to {len(MIGRATIONS)}; "
            "upgrade qiskit-ionq-lite, or use another file"
        )
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
