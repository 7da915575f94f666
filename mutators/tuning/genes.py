"""The constants of a program as genes: where they stand, what they may become, and how they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archive.program import Program
from mutators.spread import width
from mutators.tuning.reading import Kind, Literal, literals_of

__all__ = ["MOST", "Gene", "Genome", "genome_of"]

MOST = 256
"""Most genes of a program. With more, those that stand in the longest lists are taken."""
_DIGITS = (3, 17)
_OPTIONS_EACH_WAY = 16
"""Most values of an integer above the present one, and below."""


_NUMBER = r"\(?-?[ \t]*[0-9.][0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9]+)?\)?"


class _Unreadable(ValueError):
    """A text that is no value of its gene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gene:
    """A constant that may be tuned.

    Attributes:
        path: file it stands in.
        literal: where, and what it is.
        spread: a length to measure moves by, positive: how the constants beside it scatter, else its own
            magnitude, else 1.
    """

    path: str
    literal: Literal
    spread: float

    @property
    def options(self) -> tuple[float, ...]:
        """All values of an integer or a choice, ascending; those of a choice are places in its list."""
        if self.literal.kind is Kind.CHOICE:
            return tuple(map(float, range(len(self.literal.options))))
        middle, offset, offsets = int(self.literal.value), 0, [0]
        # One by one near the present value, further apart the further off.
        while offset < max(3, 2 * self.spread) and len(offsets) <= _OPTIONS_EACH_WAY:
            offset += max(1, offset // 3)
            offsets.append(offset)
        return tuple(float(middle + step) for step in (*(-each for each in offsets[:0:-1]), *offsets))

    def written(self, value: float, *, resolution: float) -> str:
        """The constant as program text; its own text for its own value.

        Args:
            value: finite; rounded for integers and choices.
            resolution: of decimals, positive: digits that mean less are left out.
        """
        literal = self.literal
        if value == literal.value:
            return literal.text
        if literal.kind is Kind.CHOICE:
            return literal.options[min(max(round(value), 0), len(literal.options) - 1)]
        text = str(round(value))
        if literal.kind is Kind.DECIMAL:
            ratio = abs(value) / resolution if resolution > 0 else math.inf
            wanted = math.ceil(math.log10(ratio)) if 1 < ratio < math.inf else 0 if ratio <= 1 else _DIGITS[1]
            digits = min(max(wanted, _DIGITS[0]), _DIGITS[1])
            text = f"{value:.{digits - 1}e}" if "e" in literal.text.lower() else f"{value:.{digits}g}"
            text = text if "." in text or "e" in text else f"{text}.0"
        if float(text) == literal.value:
            return literal.text
        return f"({text})" if text.startswith("-") and literal.guarded else text

    def value(self, text: str) -> float:
        """The value of a text that `written` gave.

        Raises:
            ValueError: it is no such text.
        """
        if text == self.literal.text:
            return self.literal.value
        if self.literal.kind is Kind.CHOICE:
            return float(self.literal.options.index(text))
        value = float(re.sub(r"[()\s]", "", text))
        if not math.isfinite(value) or (self.literal.kind is Kind.WHOLE and "." in text):
            raise _Unreadable(f"{text!r} is no value of {self.literal.text!r}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Genome:
    """A program and its genes, by file and place."""

    program: Program
    genes: tuple[Gene, ...]
    _patterns: Mapping[str, re.Pattern[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_patterns", {path: self._pattern(path) for path in self.program.sources})

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(gene.literal.value for gene in self.genes)

    @property
    def is_decimal(self) -> bool:
        """Whether every gene is a decimal number."""
        return all(gene.literal.kind is Kind.DECIMAL for gene in self.genes)

    def with_texts(self, texts: Sequence[str]) -> Program:
        """The program with these constants, every other byte as it is.

        Args:
            texts: one for each gene, as `Gene.written` gives them.

        Raises:
            ValueError: there are more or fewer texts than genes, or one is no value of its gene.
        """
        if len(texts) != len(self.genes):
            raise _Unreadable(f"expected {len(self.genes)} constants, found {len(texts)}")
        sources: dict[str, str] = dict(self.program.sources)
        for gene, text in reversed(list(zip(self.genes, texts, strict=True))):
            gene.value(text)
            before, literal = sources[gene.path], gene.literal
            sources[gene.path] = before[: literal.start] + text + before[literal.end :]
        return Program.of(self.program.language, sources)

    def texts_in(self, other: Program) -> tuple[str, ...] | None:
        """The constants of a program that is like this one in all else, or None where it is not."""
        if set(other.sources) != set(self.program.sources) or other.language != self.program.language:
            return None
        texts: list[str] = []
        for path in sorted(self._patterns):
            found = self._patterns[path].fullmatch(other.sources[path])
            if found is None:
                return None
            texts.extend(found.groups())
        try:
            for gene, text in zip(self.genes, texts, strict=True):
                gene.value(text)
        except ValueError:
            return None
        return tuple(texts)

    def _pattern(self, path: str) -> re.Pattern[str]:
        """What a file looks like whatever its constants are; one group each."""
        text, at, parts = self.program.sources[path], 0, []
        for gene in self.genes:
            if gene.path != path:
                continue
            options = [re.escape(option) for option in gene.literal.options]
            parts += [re.escape(text[at : gene.literal.start]), f"({'|'.join(options) or _NUMBER})"]
            at = gene.literal.end
        return re.compile("".join((*parts, re.escape(text[at:]))))


def genome_of(program: Program) -> Genome:
    """The genes of a program, inside its EVOLVE-BLOCK regions; none where it cannot be read.

    Left alone are the numbers that formulas are made of (see `mutators.tuning.reading`), so that a tuned
    program is still the same algorithm. That errs where a 2 is a parameter after all; a name would tell.
    """
    found = {path: literals for path, literals in _literals(program).items() if literals}
    spreads = {path: _spreads(literals) for path, literals in found.items()}
    genes = [
        Gene(path=path, literal=literal, spread=spread)
        for path in sorted(found)
        for literal, spread in zip(found[path], spreads[path], strict=True)
    ]
    if len(genes) > MOST:
        sizes = {(gene.path, gene.literal.home): 0 for gene in genes}
        for gene in genes:
            sizes[gene.path, gene.literal.home] += gene.literal.home is not None
        ranked = sorted(range(len(genes)), key=lambda i: (-sizes[genes[i].path, genes[i].literal.home], i))
        genes = [genes[i] for i in sorted(ranked[:MOST])]
    return Genome(program=program, genes=tuple(genes))


def _literals(program: Program) -> Mapping[str, Sequence[Literal]]:
    return literals_of(program.sources, program.language)


def _spreads(literals: Sequence[Literal]) -> list[float]:
    """By column where constants stand in a list or table, else each by itself."""
    columns: dict[tuple[int | None, int], list[int]] = {}
    spreads = []
    for index, literal in enumerate(literals):
        spreads.append(min(abs(literal.value), 1e30) or 1.0)
        if literal.home is not None and literal.kind is not Kind.CHOICE:
            columns.setdefault((literal.home, literal.column), []).append(index)
    for members in columns.values():
        scatter = width([literals[i].value for i in members])
        if len(members) > 1 and scatter > 0:
            for i in members:
                spreads[i] = scatter
    return spreads
