"""The checkpoint register: lines, a torn end, and the checks at start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.errors import DidError
from did.registry import register as register_module
from did.registry.entries import Evidence
from did.registry.register import Register, RegisterLine
from tests.support.memory_log import MemoryLog

LINES = [RegisterLine(2, b"\x01" * 32, b"\x02" * 32, 5), RegisterLine(9, b"\x03" * 32, b"\x04" * 32, 5)]
FILE = "".join(line.text for line in LINES).encode()


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def test_a_line_reads_size_root_map_root_time():
    assert LINES[0].text == (
        "2 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI= 5\n"
    )
    register = Register.parse(FILE)
    assert (register.last, register.find(2), register.find(3), register.torn) == (LINES[1], LINES[0], None, 0)
    assert Register.parse(b"").last is None


@pytest.mark.parametrize("cut", range(1, len(LINES[1].text)))
def test_a_torn_last_line_was_never_signed(cut):
    register = Register.parse(FILE[:-cut])
    assert register.last == LINES[0]
    assert register.torn == len(LINES[1].text) - cut


@pytest.mark.parametrize("first", [0, 1, 60])
def test_a_last_line_with_a_hole_was_never_signed(first):
    line = LINES[1].text.encode()
    holed = line[:first] + bytes(30) + line[first + 30 :]
    register = Register.parse(LINES[0].text.encode() + holed)
    assert (register.last, register.torn) == (LINES[0], len(line))
    # Every line is synced before the next is written, so a hole further up is damage.
    assert code_of(Register.parse, holed + LINES[1].text.encode()) == "register.malformed"


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "2 a b 5\n",
        LINES[0].text.replace(" ", "  ", 1),
        LINES[0].text.replace("2 ", "02 ", 1),
        LINES[0].text.replace("2 ", "0 ", 1),
        LINES[0].text.replace("2 ", "9007199254740992 ", 1),
        LINES[0].text.replace(" 5\n", " 05\n"),
        LINES[0].text.replace(" 5\n", " 5 \n"),
        LINES[0].text.replace(" 5\n", "\n"),
        LINES[0].text.replace(" 5\n", " 5\r\n"),
        LINES[0].text.replace(" 5\n", " 9007199254740992\n"),
        LINES[0].text.replace("AQE= ", "AQF= "),  # not canonical
        LINES[0].text.replace("2 ", "é ", 1),
    ],
)
def test_a_damaged_line_is_an_error(text):
    assert code_of(Register.parse, text.encode()) == "register.malformed"


def test_sizes_rise():
    assert code_of(Register, [LINES[1], LINES[0]]) == "register.forked"
    assert code_of(Register.parse, FILE + LINES[1].text.encode()) == "register.forked"


@given(st.binary(max_size=200))
def test_noise_is_refused_or_torn(data):
    try:
        register = Register.parse(data)
    except DidError as error:
        assert error.code == "register.malformed"  # noqa: PT017
    else:
        assert register.last is None


def test_a_start_from_an_older_or_another_log_is_refused():
    log = MemoryLog("registry.example/log")
    log.append(Evidence(bytes(32)))
    log.seal()
    true = RegisterLine(2, log.root(2), log.map_root(2), 5)
    Register().check_start(log)
    Register([true]).check_start(log)
    log.append(Evidence(b"\x01" * 32))
    Register([true]).check_start(log)
    assert code_of(Register(LINES).check_start, log) == "register.behind"
    assert code_of(Register([LINES[0]]).check_start, log) == "register.forked"
    other_map = RegisterLine(2, true.root, b"\x01" * 32, 5)
    assert code_of(Register([other_map]).check_start, log) == "register.forked"


def many_lines(count: int) -> list[RegisterLine]:
    return [RegisterLine(3 * i + 1, bytes((i % 256,)) * 32, bytes(32), i) for i in range(count)]


def test_a_long_register_is_read_where_it_is_asked(monkeypatch):
    lines = many_lines(20_000)
    text = "".join(line.text for line in lines).encode()
    seen = []
    real = register_module._parse_line
    monkeypatch.setattr(register_module, "_parse_line", lambda raw: seen.append(raw) or real(raw))
    register = Register.parse(text)
    assert register.last == lines[-1]
    for line in (lines[0], lines[7], lines[12_345], lines[-2], lines[-1]):
        assert register.find(line.size) == line
    assert register.find(2) is None
    assert register.find(60_001) is None
    assert len(seen) < 8 * 20
    newer = RegisterLine(60_002, bytes(32), bytes(32), 5)
    register.record(newer)
    assert (register.last, register.find(60_002), register.find(4)) == (newer, newer, lines[1])
    assert list(register.lines()) == [*lines, newer]


@given(st.integers(1, 60), st.data())
def test_every_line_is_found_and_no_other(count, data):
    lines = many_lines(count)
    register = Register.parse("".join(line.text for line in lines).encode())
    size = data.draw(st.integers(0, 3 * count + 3))
    assert register.find(size) == next((line for line in lines if line.size == size), None)


def test_damage_in_the_middle_is_found_by_who_reads_all():
    lines = many_lines(9)
    text = [line.text.encode() for line in lines]
    damaged = Register.parse(b"".join([*text[:4], b"x" + text[4][1:], *text[5:]]))
    assert code_of(lambda: list(damaged.lines())) == "register.malformed"
    assert code_of(damaged.find, lines[4].size) == "register.malformed"
    # Who asks for a size that nobody signed yet, as each new checkpoint does, reads no old line.
    for bad in range(1, len(lines) - 2):
        damaged = Register.parse(b"".join([*text[:bad], b"x" + text[bad][1:], *text[bad + 1 :]]))
        assert damaged.find(lines[-1].size + 1) is None
    swapped = Register.parse(b"".join([*text[:4], text[5], text[4], *text[6:]]))
    assert code_of(lambda: list(swapped.lines())) == "register.forked"
