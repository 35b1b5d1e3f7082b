"""The program `avow`: its commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from api.cli import (
    chain,
    did,
    issuing,
    offers,
    proving,
    receipts,
    recovering,
    relying,
    revoking,
    rotating,
    schemas,
    serving,
    sets,
    standing,
    syncing,
    verifying,
    wallet,
    watching,
)
from api.cli.exits import ExitCode, exit_code
from api.cli.output import report
from api.client.failures import OUR_ERRORS
from api.client.files import os_failure
from api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDER = (
    *("run", "serve", "journey"),
    *("did", "log"),
    *("monitor", "mirror"),
    "evidence",
    *("schema", "issuer", "offer", "issue", "revoke", "suspend", "status"),
    *("wallet", "prove"),
    *("policy", "set", "challenge", "verify"),
    *("client", "chain", "fsck", "recover"),
)


class Ordered(TyperGroup):
    """A group whose commands stand in the order in which a newcomer meets them."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002  the signature is the parent's
        """Give the names in the order of ORDER."""
        return sorted(self.commands, key=ORDER.index)


app = typer.Typer(
    name="avow",
    cls=Ordered,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Identifiers, credentials and proofs that nobody has to take on trust.\n\n"
    "Start with `avow run`: it starts a service, walks the whole journey against it and stays up.",
    epilog="[bold]Exit codes[/]\n"
    "  0    done, and what was checked holds\n"
    "  2    the command is written wrongly\n"
    "  3    the service refused the request\n"
    "  4    no service answers\n"
    "  5    a file, lock or pass-phrase on this machine is in the way\n"
    "  6    something was checked and does not hold",
)
serving.register(app)
did.register(app)
schemas.register(app)
issuing.register(app)
revoking.register(app)
wallet.register(app)
offers.register(app)
syncing.register(wallet.app)
proving.register(app)
relying.register(app)
sets.register(app)
verifying.register(app)
receipts.register(app)
standing.register(verifying.log_app)
watching.register(app, verifying.log_app)
rotating.register(verifying.log_app)
chain.register(app)
recovering.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        result = app(args=given, prog_name="avow", standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error, as_json=as_json)
    except OUR_ERRORS as error:
        code = exit_code(error)
        report(error, code=code, as_json=as_json)
        return code
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stdout = None
        return ExitCode.DONE
    except OSError as error:
        failure = os_failure(error)
        report(failure, code=ExitCode.LOCAL, as_json=as_json)
        return ExitCode.LOCAL
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted\n")
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.DONE


def _usage(error: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "avow"
    if type(error).__name__ == "NoArgsIsHelpError":
        return ExitCode.USAGE
    detail = error.format_message().rstrip(".")
    failure = ApiError("cli.usage", detail, remedy=f"see `{path} --help`")
    report(failure, code=ExitCode.USAGE, as_json=as_json)
    return ExitCode.USAGE
