from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.suites import selective

LABELS = {"c14n0": "b2", "c14n1": "b0"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("_:c14n0 <https://e/p> _:c14n1 .\n", "_:b2 <https://e/p> _:b0 .\n"),
        ("_:c14n0 <https://e/p> _:c14n1 _:c14n0 .\n", "_:b2 <https://e/p> _:b0 _:b2 .\n"),
        ("<https://e/s> <https://e/p> <https://e/o> _:c14n1 .\n",
         "<https://e/s> <https://e/p> <https://e/o> _:b0 .\n"),
        ('_:c14n0 <https://e/p> "_:c14n1" .\n', '_:b2 <https://e/p> "_:c14n1" .\n'),
        ('_:c14n0 <https://e/p> "x _:c14n1 \\" _:c14n1 ." _:c14n1 .\n',
         '_:b2 <https://e/p> "x _:c14n1 \\" _:c14n1 ." _:b0 .\n'),
        ('_:c14n0 <https://e/p> "x"@en _:c14n1 .\n', '_:b2 <https://e/p> "x"@en _:b0 .\n'),
        ('_:c14n0 <https://e/p> "1"^^<https://e/t> .\n', '_:b2 <https://e/p> "1"^^<https://e/t> .\n'),
    ],
)  # fmt: skip
def test_labels_are_replaced_in_term_positions_only(line, expected):
    assert selective.relabel(line, LABELS) == expected


@given(st.text())
def test_a_literal_is_never_touched(text):
    literal = text.replace("\\", "\\\\").replace('"', '\\"')
    line = f'_:c14n0 <https://e/p> "{literal}" .\n'
    assert selective.relabel(line, LABELS) == f'_:b2 <https://e/p> "{literal}" .\n'


@given(st.integers(0, 40), st.binary(min_size=32, max_size=32))
def test_shuffled_labels_are_a_permutation(count, key):
    shuffled = selective.shuffled_labels([f"c14n{index}" for index in range(count)], key)
    assert sorted(shuffled.values(), key=lambda label: int(label[1:])) == [
        f"b{index}" for index in range(count)
    ]


def test_ranks():
    assert selective.ranks([4, 9, 7], within=[1, 4, 7, 8]) == (1, 2)
