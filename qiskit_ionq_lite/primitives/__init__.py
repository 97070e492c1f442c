"""Qiskit's V2 primitives on IonQ: samples with named registers, and expectation values.

::

    PUBs ──▶ description (what the result will need) ──▶ the job's metadata
      └────▶ circuits ──▶ backend.run(list) ──▶ one platform job ──▶ Result ──┬▶ BitArrays
                                                       description ───────────┴▶ expectation values

A description holds shapes, registers and observables, but no circuits: with it the job's id is enough to have
the same result later, elsewhere.
"""
