"""The port to what stages found before, and what may be kept of it.

A key stands for all that decides a result: the recipe of the stage (kind, version, options) and its
material (see `Stage.material`). The id of the stage, its gate and its visibility are no part of it, so two
stages, runs or problems that do the same work share one entry. Private stages are kept like others: the cache
is the user's own, nothing in it goes into a prompt, and who may see a result is decided anew each time.

Only facts that would be found again are kept. A program that was too slow or too large today may pass on a
quieter machine, and a skipped stage found nothing. Where this errs: a program, or a scorer, that looks at the
clock has its first outcome kept, and so have measured metrics such as ``run.seconds``; without a cache
(`Pipeline`) they are measured again.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Final, Protocol

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.stage import Product
from evaluators.values import Malformed, Value, decode, encode

__all__ = ["MAX_VALUE_BYTES", "StageCache", "is_lasting", "key_of", "pack", "unpack"]

MAX_VALUE_BYTES: Final = 256 << 10
"""Most bytes of an encoded value; a product with a larger one is not kept."""
_MAX_HEADER_BYTES: Final = 1 << 20
_SEAL_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_LASTING: Final = frozenset({None, Verdict.REFUSED, Verdict.FAILED, Verdict.INVALID})


class StageCache(Protocol):
    """Remembers products of stages. It may forget any of them at any time, and never fails its caller."""

    async def get(self, key: str) -> Product | None:
        """What was put under the key, None where nothing is known.

        The result comes without the name of its stage and is not marked as private; its value was decoded
        strictly. `cached` is set.
        """

    async def put(self, key: str, product: Product) -> None:
        """Remember a product for which `is_lasting` holds, unless its value is above `MAX_VALUE_BYTES`."""

    async def close(self) -> None:
        """Write down what is still to be written. Afterwards nothing is found and nothing kept."""


def key_of(recipe: str, material: bytes) -> str:
    """64 hexadecimal digits that stand for a piece of work: SHA-256 of both, and of the harness.

    The harness decides what a program finds (its seeds, how values are encoded), and stands in no image.

    Args:
        recipe: see `evaluators.provenance.recipe_of`; holds no NUL.
        material: see `Stage.material`.
    """
    digest = hashlib.sha256(recipe.encode())
    digest.update(b"\0" + _harness())
    digest.update(material)
    return digest.hexdigest()


def is_lasting(result: StageResult) -> bool:
    """Whether the same work would have the same result: it passed, or was refused, failed or invalid."""
    return result.state is not StageState.SKIPPED and result.verdict in _LASTING


def pack(key: str, product: Product) -> bytes | None:
    """A product as bytes: a seal, the length of the header, the header as JSON, the frame of the value.

    Returns:
        None when the product is not to be kept: its value is too large or has no encoding.
    """
    size = getattr(product.value, "nbytes", 0)
    if size > MAX_VALUE_BYTES:
        return None
    result = product.result
    try:
        frame = encode(product.value)
        header = encode(
            {
                "state": result.state.value,
                "verdict": None if result.verdict is None else result.verdict.value,
                "metrics": dict(result.metrics),
                "artifacts": dict(result.artifacts),
                "note": result.note,
                "seconds": result.seconds,
            }
        )
    except Malformed:
        return None
    if len(frame) > MAX_VALUE_BYTES or len(header) > _MAX_HEADER_BYTES:
        return None
    body = len(header).to_bytes(_LENGTH_BYTES, "big") + header + frame
    return _seal(key, body) + body


def unpack(key: str, raw: bytes) -> Product | None:
    """The product in the bytes; None when they are damaged or were not packed under this key."""
    seal, body = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if seal != _seal(key, body):
        return None
    end = _LENGTH_BYTES + int.from_bytes(body[:_LENGTH_BYTES], "big")
    try:
        result = _result(decode(body[_LENGTH_BYTES:end], max_bytes=_MAX_HEADER_BYTES))
        value = decode(body[end:], max_bytes=MAX_VALUE_BYTES)
    except (Malformed, KeyError, TypeError, ValueError):
        return None
    return Product(result=result, value=value)


@functools.cache
def _harness() -> bytes:
    files = sorted((Path(__file__).parent / "harness").glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).digest()


def _seal(key: str, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SEAL_BYTES, key=key.encode()[:64]).digest()


def _result(header: Value) -> StageResult:
    """Raises KeyError, TypeError or ValueError when the header is not one of ours."""
    if not isinstance(header, dict):
        raise TypeError("a header is a mapping")
    metrics, artifacts, verdict = header["metrics"], header["artifacts"], header["verdict"]
    if not (isinstance(metrics, dict) and isinstance(artifacts, dict)):
        raise TypeError("metrics and artifacts are mappings")
    return StageResult(
        stage="",
        state=StageState(_text(header["state"])),
        verdict=None if verdict is None else Verdict(_text(verdict)),
        metrics={name: _number(value) for name, value in metrics.items()},
        artifacts={name: _text(value) for name, value in artifacts.items()},
        note=_text(header["note"]),
        seconds=_number(header["seconds"]),
        cached=True,
    )


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
