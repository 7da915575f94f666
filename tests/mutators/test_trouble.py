from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mutators.trouble import redact, retry_after

NOW = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Tue, 01 Jan 2030 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 01 Jan 2030 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=NOW) == seconds


def test_keys_are_taken_out_of_messages_also_half_masked_ones() -> None:
    text = redact("key abc123 and sk-proj-12345678 and sk-ab***********wxyz and Bearer t0k3n", "abc123")
    for secret in ("abc123", "12345678", "wxyz", "t0k3n"):
        assert secret not in text
