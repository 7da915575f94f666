"""What tokens cost: the problem's own prices first, else a shipped table, else nothing that is known."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.ledger import Usage
from mutators.model import Request
from problems.problem import ModelSpec

__all__ = ["FREE", "Prices"]

FREE = "embedded"
"""The built-in model; it and recorded answers (``recorded:RUN``) cost nothing."""

_MILLION = 1e6
_MESSAGE_TOKENS = 16
"""More than any chat template adds around one message."""


@dataclass(slots=True)
class Prices:
    """Dollars for tokens. The table comes with the genai-prices package and is read without a network.

    Attributes:
        unknown: names of models that were asked about and have no price; they count as free, so that a
            wall of dollars does not hold for them.
    """

    unknown: set[str] = field(default_factory=set)

    def usage(self, spec: ModelSpec, *, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> Usage:
        """Tokens with what they cost.

        Args:
            spec: the model; a price of its own replaces the table's, and then cached tokens cost as others.
            tokens_in: all tokens of the request, cached ones included.
            tokens_out: all tokens of the answer, reasoning included.
            tokens_cached: tokens of the request that came from the provider's cache.
        """
        dollars = self._dollars(spec, tokens_in, tokens_out, min(tokens_cached, tokens_in))
        return Usage(tokens_in=tokens_in, tokens_out=tokens_out, tokens_cached=tokens_cached, dollars=dollars)

    def is_known(self, spec: ModelSpec) -> bool:
        """Whether all of the model's prices are known."""
        self._dollars(spec, 1, 1, 0)
        return spec.name not in self.unknown

    def a_million(self, spec: ModelSpec, *, into: bool) -> float | None:
        """Dollars of a million tokens of requests, or of answers, in calls of usual size; None if unknown."""
        if not self.is_known(spec):
            return None
        return 1000 * self._dollars(spec, 1000 * into, 1000 * (not into), 0)

    def worst_case(self, request: Request, spec: ModelSpec) -> float:
        """Dollars the call cannot exceed: a token for each byte of the request, and the longest answer.

        No tokenizer makes more tokens than bytes. It is about four times the likely cost of the request;
        the difference comes back when the call is settled. It does not hold for an endpoint that ignores the
        limit of tokens.
        """
        size = sum(len(m.content.encode("utf-8", "replace")) + _MESSAGE_TOKENS for m in request.messages)
        size += len(str(request.schema)) if request.schema else 0
        size += sum(len(str(tool)) for tool in request.tools)
        return self._dollars(spec, size, spec.max_tokens, 0)

    def _dollars(self, spec: ModelSpec, tokens_in: int, tokens_out: int, cached: int) -> float:
        if spec.name == FREE or spec.name.startswith("recorded:"):
            return 0.0
        price_in, price_out = spec.input_price, spec.output_price
        table = None
        if price_in is None or price_out is None:
            if spec.name not in self.unknown:
                table = _from_table(spec, tokens_in, tokens_out, cached)
            if table is None:
                self.unknown.add(spec.name)
        into, out = table or (0.0, 0.0)
        if price_in is not None:
            into = price_in * tokens_in / _MILLION
        if price_out is not None:
            out = price_out * tokens_out / _MILLION
        return into + out


def _from_table(spec: ModelSpec, tokens_in: int, tokens_out: int, cached: int) -> tuple[float, float] | None:
    """Dollars of request and answer by the shipped table, or None where it does not know the model.

    An endpoint the table does not know (a proxy, a local server) is priced by the model's name alone: too
    dear a guess for a local copy of a sold model, never too cheap a one for a proxy in front of it.
    """
    import genai_prices

    usage = genai_prices.Usage(input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=cached)
    for address in (spec.base_url, None) if spec.base_url else (None,):
        try:
            if address:
                price = genai_prices.calc_price(usage, spec.name, provider_api_url=address)
            else:
                price = genai_prices.calc_price(usage, spec.name)
        except LookupError:
            continue
        return float(price.input_price), float(price.output_price)
    return None
