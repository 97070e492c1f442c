"""A Qiskit provider for IonQ's trapped-ion computers, with the whole IonQ cloud in a box.

>>> from qiskit import QuantumCircuit
>>> from qiskit_ionq_lite import IonQProvider
>>> bell = QuantumCircuit(2)
>>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
>>> with IonQProvider.local() as provider:
...     counts = provider.get_backend("simulator").run(bell, shots=100).get_counts()
>>> sorted(counts), sum(counts.values())
(['00', '11'], 100)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.backend import IonQBackend
from qiskit_ionq_lite.compiler.aer import labelled_unitaries
from qiskit_ionq_lite.errors import (
    IonQAPIError,
    IonQAuthenticationError,
    IonQBackendNotFoundError,
    IonQCertificateError,
    IonQCircuitError,
    IonQCostError,
    IonQCredentialsError,
    IonQError,
    IonQInputError,
    IonQJobError,
    IonQJobFailureError,
    IonQJobTimeoutError,
    IonQNetworkError,
    IonQNotFoundError,
    IonQOptionError,
    IonQRateLimitError,
    IonQRequestError,
    IonQResponseError,
    IonQServerError,
    IonQUnconfirmedError,
)
from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate
from qiskit_ionq_lite.job import IonQJob
from qiskit_ionq_lite.money import Cost, Estimate
from qiskit_ionq_lite.provider import IonQProvider
from qiskit_ionq_lite.results.result import IonQResult
from qiskit_ionq_lite.session import Session
from qiskit_ionq_lite.version import __version__

if TYPE_CHECKING:
    from qiskit_ionq_lite.primitives.estimator import IonQEstimator
    from qiskit_ionq_lite.primitives.job import IonQPrimitiveJob
    from qiskit_ionq_lite.primitives.options import EstimatorOptions, SamplerOptions
    from qiskit_ionq_lite.primitives.sampler import IonQSampler

__all__ = [
    "Cost",
    "Estimate",
    "EstimatorOptions",
    "GPI2Gate",
    "GPIGate",
    "IonQAPIError",
    "IonQAuthenticationError",
    "IonQBackend",
    "IonQBackendNotFoundError",
    "IonQCertificateError",
    "IonQCircuitError",
    "IonQCostError",
    "IonQCredentialsError",
    "IonQError",
    "IonQEstimator",
    "IonQInputError",
    "IonQJob",
    "IonQJobError",
    "IonQJobFailureError",
    "IonQJobTimeoutError",
    "IonQNetworkError",
    "IonQNotFoundError",
    "IonQOptionError",
    "IonQPrimitiveJob",
    "IonQProvider",
    "IonQRateLimitError",
    "IonQRequestError",
    "IonQResponseError",
    "IonQResult",
    "IonQSampler",
    "IonQServerError",
    "IonQUnconfirmedError",
    "MSGate",
    "SamplerOptions",
    "Session",
    "ZZGate",
    "__version__",
    "labelled_unitaries",
]

_PRIMITIVES = {
    "IonQSampler": "sampler",
    "IonQEstimator": "estimator",
    "IonQPrimitiveJob": "job",
    "SamplerOptions": "options",
    "EstimatorOptions": "options",
}


def __getattr__(name: str) -> Any:
    """Primitives are loaded when somebody names one: many users never do."""
    if name not in _PRIMITIVES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.primitives.{_PRIMITIVES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
