import pytest

from credentials.verifying.verdict import Check, Outcome, Verdict, worst

TREE = (
    Check("a", Outcome.PASSED),
    Check(
        "b",
        Outcome.FAILED,
        checks=(
            Check("c", Outcome.WARNING, "area.warn", "detail", "clause", "remedy"),
            Check("d", Outcome.FAILED, "area.fault"),
        ),
    ),
)


def test_the_cause_comes_first_and_other_leaves_that_did_not_pass_in_order():
    verdict = Verdict(False, TREE, None, TREE[1].checks[1])
    assert verdict.codes() == ("area.fault", "area.warn")
    assert [check.code for check in verdict.not_passed()] == ["area.warn", "area.fault"]
    assert [check.name for check in verdict.walk()] == ["a", "b", "c", "d"]
    assert not verdict.accepted


def test_json_leaves_out_what_is_empty():
    assert Verdict(True, TREE, "result", None).to_json() == {
        "verified": True,
        "accepted": True,
        "checks": [
            {"check": "a", "outcome": "passed"},
            {
                "check": "b",
                "outcome": "failed",
                "checks": [
                    {
                        "check": "c",
                        "outcome": "warning",
                        "code": "area.warn",
                        "detail": "detail",
                        "clause": "clause",
                        "remedy": "remedy",
                    },
                    {"check": "d", "outcome": "failed", "code": "area.fault"},
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.PASSED),
        ([Outcome.PASSED, Outcome.WARNING], Outcome.WARNING),
        ([Outcome.WARNING, Outcome.INDETERMINATE], Outcome.INDETERMINATE),
        ([Outcome.INDETERMINATE, Outcome.FAILED, Outcome.PASSED], Outcome.FAILED),
    ],
)
def test_a_group_ends_as_its_worst(outcomes, expected):
    assert worst(tuple(Check("x", outcome) for outcome in outcomes)) is expected
