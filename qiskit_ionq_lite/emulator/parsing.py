"""JSON -> typed values; what does not fit is a 400 that names the key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from qiskit_ionq_lite.emulator.refusals import bad_request

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.refusals import RefusalError

_PATH = re.compile(r"^(?P<text>.*) - at `(?:key in )?\$\.?(?P<path>[^`]*)`$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(\w+)`")


def decode(body: bytes | msgspec.Raw, shape: Any, path: str) -> Any:
    """Read JSON as ``shape``; ``path`` says where in the request's body it stands, "" for all of it.

    Raises:
        RefusalError: 400, with the offending key.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"The request body is not valid JSON: {error}.") from error


def _refusal(complaint: str, path: str) -> RefusalError:
    """The parser's words, with the path of the offending key from the body's root.

    >>> _refusal("Expected `str`, got `int` - at `$.noise.model`", "").keys
    ('noise.model',)
    >>> _refusal("Object missing required field `circuit`", "input").keys
    ('input.circuit',)
    """
    match = _PATH.match(complaint)
    text, inner = (match["text"], match["path"]) if match else (complaint, "")
    missing = _MISSING.search(text)
    key = ".".join(part for part in (path, inner, missing[1] if missing else "") if part)
    key = key.replace(".[", "[").removesuffix("[...]")  # a value of a map: the parser does not say which
    return bad_request(f"{text} at {key or 'the root of the body'}.", *([key] if key else []))
