"""Friendly names for runs, from the fauna of the Cambrian."""

from __future__ import annotations

import secrets

__all__ = ["friendly_name", "run_id"]

_COLOURS = (
    "amber", "ashen", "azure", "bronze", "cobalt", "copper", "coral", "dusky", "golden", "indigo", "ivory",
    "jade", "lilac", "ochre", "olive", "opal", "pearl", "russet", "saffron", "scarlet", "silver", "teal",
    "umber", "violet",
)  # fmt: skip
_ANIMALS = (
    "anomalocaris", "aysheaia", "brachiopod", "canadia", "dinomischus", "echmatocrinus", "haikouichthys",
    "hallucigenia", "halkieria", "herpetogaster", "hurdia", "hyolith", "marrella", "metaspriggina",
    "nectocaris", "odaraia", "opabinia", "ottoia", "pikaia", "sidneyia", "siphusauctum", "trilobite",
    "vauxia", "wiwaxia",
)  # fmt: skip


def friendly_name() -> str:
    """A name a person can type and remember, one of some 58,000; the store refuses one that is taken."""
    return f"{secrets.choice(_COLOURS)}-{secrets.choice(_ANIMALS)}-{secrets.randbelow(100):02d}"


def run_id() -> str:
    """12 random hexadecimal digits."""
    return secrets.token_hex(6)
