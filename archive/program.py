"""A program: text, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["Program", "ProgramId"]

ProgramId = str
"""Lower-case hexadecimal SHA-256, 64 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Source text in a language. Two programs with the same text are the same program.

    It has no score and no history: an `Evaluation` says what it is worth, a `Birth` where it came from.

    Attributes:
        language: for example ``python``.
        sources: path inside the program to text, in sorted order.
        id: SHA-256 of language and sources; derived.
    """

    language: str
    sources: Mapping[str, str]
    id: ProgramId

    @classmethod
    def of(cls, language: str, sources: Mapping[str, str]) -> Program:
        """A program of these sources, with its id computed.

        Lone surrogates in the text (a model's broken output) are hashed as they are; lengths are part
        of the digest so that no two different sets of files collide.
        """
        ordered = {path: sources[path] for path in sorted(sources)}
        digest = hashlib.sha256(language.encode("utf-8", "surrogatepass") + b"\0")
        for path, text in ordered.items():
            for part in (path, text):
                raw = part.encode("utf-8", "surrogatepass")
                digest.update(len(raw).to_bytes(8, "big") + raw)
        return cls(language=language, sources=MappingProxyType(ordered), id=digest.hexdigest())

    @property
    def main(self) -> str:
        """Path of the first file, the one an entrypoint is looked up in."""
        return next(iter(self.sources))

    @property
    def text(self) -> str:
        """All the source as one text, each file under a comment with its path when there are several."""
        if len(self.sources) == 1:
            return next(iter(self.sources.values()))
        return "\n".join(f"# file: {path}\n{text}" for path, text in self.sources.items())
