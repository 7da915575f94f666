from __future__ import annotations

from evaluators.attacks.findings import Finding, Severity, gathered


def finding(
    name: str, severity: Severity = Severity.WARNING, cause: str = "", rule: str = "breaks"
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        what=f"{name} does it",
        mend="-",
        by=(name,),
        attacks=(name,),
        cause=cause,
    )


def test_one_weakness_is_told_once_with_all_that_showed_it() -> None:
    (found,) = gathered([finding(name) for name in "abcdefgh"])

    assert found.attacks == tuple("abcdefgh")
    assert found.text == "a does it (also: b, c, d, e and 3 more)"


def test_few_others_are_all_named() -> None:
    (found,) = gathered([finding(name) for name in "abcdef"])

    assert found.text == "a does it (also: b, c, d, e, f)"
    assert finding("a").text == "a does it"


def test_what_differs_in_severity_rule_or_cause_stays_apart_and_the_worst_comes_first() -> None:
    found = gathered(
        [
            finding("a", Severity.NOTE),
            finding("b"),
            finding("c", cause="line 2"),
            finding("d", rule="other"),
            finding("e", Severity.DANGER),
        ]
    )

    assert [one.by[0] for one in found] == ["e", "b", "c", "d", "a"]
