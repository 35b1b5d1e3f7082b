"""Help teaches: every command says what it does, gives an example and names what comes next."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from api.cli import program


def paths(group, prefix=()):
    for name, command in group.commands.items():
        if getattr(command, "commands", None) is not None:
            yield (*prefix, name), True
            yield from paths(command, (*prefix, name))
        else:
            yield (*prefix, name), False


def tree():

    return list(paths(typer.main.get_command(program.app)))


def help_of(path, capsys):
    code = program.main([*path, "--help"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("path", [path for path, is_group in tree() if not is_group], ids=" ".join)
def test_every_command_teaches(path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, text = help_of(path, capsys)
    assert code == 0
    assert "Usage: avow " + " ".join(path) in text
    example, _, following = text.partition(" Example")[2].partition(" Next")
    assert f"$ avow {' '.join(path)}" in example
    assert following.strip()


@pytest.mark.parametrize("path", [path for path, is_group in tree() if is_group], ids=" ".join)
def test_every_group_lists_its_commands(path, capsys):
    code, text = help_of(path, capsys)
    assert code == 0
    assert "Commands" in text


@pytest.mark.parametrize("path", [path for path, is_group in tree() if not is_group], ids=" ".join)
def test_example_lines_fit_a_narrow_terminal(path):

    command = typer.main.get_command(program.app)
    for name in path:
        command = command.commands[name]
    too_long = [line for line in command.epilog.replace("\\[", "[").splitlines() if len(line) > 78]
    assert not too_long


def test_json_is_offered_wherever_something_is_answered():

    without = {"run", "serve"}
    for path, is_group in tree():
        command = typer.main.get_command(program.app)
        for name in path:
            command = command.commands[name]
        if not is_group and path[-1] not in without:
            assert "--json" in {option for parameter in command.params for option in parameter.opts}, path


def test_help_of_the_program_names_every_group_and_the_exit_codes(capsys):
    code, text = help_of((), capsys)
    assert code == 0
    assert {name for name in program.ORDER if f" {name} " in text} == set(program.ORDER)
    assert "Exit codes" in text


def test_help_does_not_load_the_service():
    heavy = "eth fastapi httpx nacl pyblst pyld sqlalchemy sqlmodel uvicorn".split()  # noqa: SIM905
    code = (
        "import sys; from api.cli import main; main(['--help']); "
        f"print(sorted(set(sys.modules) & set({heavy!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_an_identifier_in_an_example_stays_what_it_is(capsys):
    assert "did:key:z6Mk" in help_of(["did", "resolve"], capsys)[1]
