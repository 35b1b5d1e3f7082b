"""The verifier's inputs of the registry vectors, turned from their JSON into values."""

from __future__ import annotations

from typing import Any

from did.chain import Head
from did.encoding import decode_base64url, decode_multihash34
from did.registry.bundle import (
    ChainView,
    Expectations,
    Level,
    ObservedHead,
    Requirement,
    TrustedBlock,
    TrustedChain,
    TrustedRoot,
)
from did.registry.entries import Event
from did.registry.policy import parse_policy
from did.registry.receipt import DidSubject, EventSubject, EvidenceSubject, Subject


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def expectations_of(inputs: dict[str, Any]) -> Expectations:
    """The inputs of `bundle.json`, already merged with those of a case."""
    view = ChainView(
        chains=tuple(TrustedChain.from_json(entry) for entry in inputs["chains"]),
        heads=tuple(
            ObservedHead(
                chain=head["chain"],
                contract=head["contract"],
                log_id=unhex(head["logId"]),
                code_hash=unhex(head["codeHash"]),
                head=Head(
                    size=head["size"],
                    sequence=head["sequence"],
                    block=head["block"],
                    time=head["time"],
                    root=unhex(head["root"]),
                    map_root=unhex(head["mapRoot"]),
                ),
                final=head["final"],
            )
            for head in inputs["heads"]
        ),
        trusted_blocks=tuple(
            TrustedBlock(chain=block["chain"], hash=unhex(block["hash"]), final=block["final"])
            for block in inputs["trustedBlocks"]
        ),
        extensions={
            (path["old"], path["new"]): tuple(unhex(node) for node in path["proof"])
            for path in inputs["extensions"]
        },
    )
    require = inputs["require"]
    return Expectations(
        origin=inputs["origin"],
        policy=TrustedRoot(inputs["root"]["size"], unhex(inputs["root"]["root"]))
        if inputs["policy"] is None
        else parse_policy(inputs["policy"]),
        view=view,
        require=Requirement(
            level=Level[require["level"].upper()], max_age=require["maxAge"], cosigned=require["cosigned"]
        ),
        now=inputs["now"],
        known=tuple((pair["size"], unhex(pair["root"])) for pair in inputs["known"]),
    )


def subject_of(value: dict[str, Any]) -> Subject:
    """What a receipt shall be about: its opening without the salt."""
    if value["kind"] == "evidence":
        return EvidenceSubject(decode_base64url(value["digest"]))
    if value["kind"] == "event":
        issuer, event = decode_multihash34(value["issuer"]), Event.from_label(value["event"])
        return EventSubject(issuer, event, decode_base64url(value["digest"]))
    number, _, entry_hash = value["versionId"].partition("-")
    return DidSubject(
        decode_multihash34(value["scid"]), int(number), decode_multihash34(entry_hash), value["deactivated"]
    )
