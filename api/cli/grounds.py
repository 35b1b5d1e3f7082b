"""What a verifier brings on the command line: keys, a root, contracts, a node, and what it asks for."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from api.client.connection import check_address
from api.client.failures import LocalError
from api.client.files import read_bytes, read_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.client.chain_reading import Call, Node
    from api.client.checking import Grounds
    from api.client.trust import TrustAnchors
    from did.registry.bundle import Level, TrustedChain, TrustedRoot
    from did.registry.policy import Policy

TrustOption = Annotated[
    Path | None,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="Your trust anchors: log key, origin, contract (see `avow log trust`).",
    ),
]
PolicyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--policy", metavar="FILE", help="A C2SP tlog-policy: log keys, witnesses, quorum; before --trust's."
    ),
]
OriginOption = Annotated[
    str | None,
    typer.Option(
        "--origin",
        metavar="HOST/log",
        help="The log that speaks for it. Default: --trust's, or that of the DID's host.",
    ),
]
ChainOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--chain",
        metavar="FILE",
        help="A contract you rely on: chain, contract, logId, codeHash, kind as in --trust; repeatable.",
    ),
]
RootOption = Annotated[
    str | None,
    typer.Option(
        "--root",
        metavar="SIZE:BASE64",
        help="A root that you hold already, as a checkpoint writes it. Alone it needs no key.",
    ),
]
RpcOption = Annotated[
    str | None,
    typer.Option("--rpc", metavar="URL", help="A JSON-RPC node of yours; reads the contract's head there."),
]
FinalityOption = Annotated[
    str | None,
    typer.Option(
        "--finality",
        metavar="RULE",
        help="When a block is final: finalized, or a number of blocks. Default: by the chain's kind.",
    ),
]
DemandedLevelOption = Annotated[
    str | None,
    typer.Option(
        "--level",
        metavar="LEVEL",
        help="At least: sealed, anchored or final. Default: anchored with --rpc, root for a root alone, "
        "else sealed.",
    ),
]
MaxAgeOption = Annotated[
    int | None,
    typer.Option(
        "--max-age", min=1, metavar="SECONDS", help="Refuse what no trusted time shows as so young."
    ),
]
CosignedOption = Annotated[
    bool, typer.Option("--cosigned", help="Refuse what the policy's witnesses did not cosign.")
]

_ROOT = re.compile(r"(?P<size>[1-9][0-9]{0,15}):(?P<root>[A-Za-z0-9+/]{43}=)")


def grounds_of(
    *,
    trust: Path | None,
    policy: Path | None = None,
    origin: str | None = None,
    chains: Sequence[Path] = (),
    root: str | None = None,
    rpc: str | None = None,
    level: str | None = None,
    max_age: int | None = None,
    cosigned: bool = False,
) -> Grounds:
    """Read what was given; codes `trust.*`, `cli.level`, `file.*`."""
    from api.client.checking import Grounds
    from api.system import System
    from did.registry.bundle import Level
    from did.registry.checkpoint import is_origin

    if trust is None and policy is None and root is None:
        raise LocalError(
            "trust.missing",
            "evidence is checked against what you trust, and nothing was given",
            remedy="write trust anchors once with `avow log trust -o trust.json`, then add "
            "--trust trust.json; or give --policy or --root",
        )
    if origin is not None and not is_origin(origin):
        raise typer.BadParameter("--origin names a log: its host and /log")
    anchors = None if trust is None else read_anchors(trust)
    believed = _policy(policy, anchors)
    # Who brings a node wants the chain to be looked at; without it, a proof may leave its anchors away.
    default = Level.ANCHORED if rpc else Level.SEALED if believed else Level.ROOT
    return Grounds(
        origin=anchors.origin if anchors else None,
        stated_origin=origin,
        policy=believed,
        root=_root(root),
        chains=(*(anchors.chains if anchors else ()), *(_chain(path) for path in chains)),
        level=_level(level) if level else default,
        max_age=max_age,
        cosigned=cosigned,
        now=System().seconds(),
    )


def read_anchors(path: Path) -> TrustAnchors:
    """Read trust anchors from a file."""
    from api.client.trust import TrustAnchors

    return TrustAnchors.parse(read_object(path))


@contextmanager
def node_at(rpc: str | None, finality: str | None = None) -> Iterator[Node | None]:
    """Ask a JSON-RPC node of the caller's own, if there is one."""
    from api.client.chain_reading import Node
    from did.chain.errors import ChainError
    from did.chain.network.finality import Finality

    if rpc is None:
        if finality is not None:
            raise typer.BadParameter("--finality is asked of a node: add --rpc")
        yield None
        return
    try:
        rule = None if finality is None else Finality.parse(finality)
    except ChainError as error:
        raise typer.BadParameter(error.detail) from None
    with calls_to(rpc) as call:
        yield Node(call, rule)


@contextmanager
def calls_to(rpc: str) -> Iterator[Call]:
    """Open a connection to a JSON-RPC node."""
    from api.client.service_client import ServiceClient

    check_address(rpc)
    parts = urlsplit(rpc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with ServiceClient(f"{parts.scheme}://{parts.netloc}") as node:
        yield partial(node.rpc, path=path)


def _policy(path: Path | None, anchors: TrustAnchors | None) -> Policy | None:
    from did.errors import DidError
    from did.registry.policy import parse_policy

    try:
        if path is None:
            return parse_policy(anchors.policy) if anchors else None
        return parse_policy(read_bytes(path).decode("utf-8", "replace"))
    except DidError as error:
        raise LocalError("trust.malformed", f"{path}: {error.detail}", clause=error.clause) from None


def _chain(path: Path) -> TrustedChain:
    from did.errors import DidError
    from did.registry.bundle import TrustedChain

    try:
        return TrustedChain.from_json(read_object(path))
    except DidError as error:
        raise LocalError("trust.malformed", f"{path}: {error.detail}") from None


def _root(text: str | None) -> TrustedRoot | None:
    from did.encoding import decode_base64
    from did.errors import DidError
    from did.registry.bundle import TrustedRoot

    if text is None:
        return None
    match = _ROOT.fullmatch(text)
    try:
        if match is not None:
            return TrustedRoot(int(match["size"]), decode_base64(match["root"], max_bytes=32))
    except DidError:
        pass
    raise typer.BadParameter("--root reads SIZE:BASE64, the second and third line of a checkpoint")


def _level(name: str) -> Level:
    from did.registry.bundle import Level

    for level in Level:
        if level.label == name:
            return level
    raise LocalError(
        "cli.level", f"{name!r} is no level; choose from {', '.join(each.label for each in Level)}"
    )
