"""The calls of the contract that the commands of `roles` make, with the words of each command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.chain.network import RoleCall


@dataclass(frozen=True, slots=True)
class Act:
    """One of these commands: its words, and the call that it makes as the account that acts.

    `call` is given that account's address and, where the command takes one, another account's.
    """

    name: str
    text: str
    example: str
    then: str
    done: str
    call: Callable[[bytes, bytes], RoleCall]
    question: str = "Send it?"


def _pause(*, paused: bool) -> Callable[[bytes, bytes], RoleCall]:
    def call(_account: bytes, _other: bytes) -> RoleCall:
        from did.chain.network.actor import pause

        return pause(paused=paused)

    return call


def _call(name: str) -> Callable[[bytes, bytes], RoleCall]:
    """A call about an account: the other one where the command names it, else the one that acts."""

    def call(account: bytes, other: bytes) -> RoleCall:
        from did.chain.network import actor

        made: RoleCall = getattr(actor, name)(other or account)
        return made

    return call


PAUSE: Final = Act(
    name="pause",
    text="""Stop anchors at once, as the log's admin: a stolen publisher's key can then append nothing.

    Logging, sealing and serving go on; the contract takes nothing until `avow chain resume`.""",
    example="$ avow chain pause --key-file admin.key",
    then="avow chain resume --key-file admin.key",
    done="anchors are stopped",
    call=_pause(paused=True),
)
RESUME: Final = Act(
    name="resume",
    text="Let anchors go on, as the log's admin. One anchor covers what has gathered.",
    example="$ avow chain resume --key-file admin.key",
    then="avow chain show",
    done="anchors go on",
    call=_pause(paused=False),
)
OFFER_PUBLISHER: Final = Act(
    name="offer-publisher",
    text="""Offer the publisher's role to another account, as the log's admin.

    Nothing changes until that account takes it with `avow chain accept-publisher`.""",
    example="$ avow chain offer-publisher 0x… --key-file admin.key",
    then="avow chain accept-publisher --key-file new.key    by that account",
    done="the publisher's role is offered",
    call=_call("offer_publisher"),
)
ACCEPT_PUBLISHER: Final = Act(
    name="accept-publisher",
    text="""Take the publisher's role that was offered to this account.

    From then on the former publisher can anchor nothing. Needs --admin, or AVOW_CHAIN_ADMIN.""",
    example="$ avow chain accept-publisher --key-file new.key --admin 0x…",
    then="restart the service with AVOW_CHAIN_KEY_FILE=new.key",
    done="this account is the publisher",
    call=_call("accept_publisher"),
)
OFFER_ADMIN: Final = Act(
    name="offer-admin",
    text="""Offer the admin's role to another account, as the log's admin.

    Nothing changes until that account takes it with `avow chain accept-admin`.""",
    example="$ avow chain offer-admin 0x… --key-file admin.key",
    then="avow chain accept-admin --key-file new-admin.key    by that account",
    done="the admin's role is offered",
    call=_call("offer_admin"),
)
ACCEPT_ADMIN: Final = Act(
    name="accept-admin",
    text="""Take the admin's role that was offered to this account; an open offer of publisher is void then.

    The log's id does not change, and names the account that opened it: AVOW_CHAIN_ADMIN stays as it is.""",
    example="$ avow chain accept-admin --key-file new-admin.key --admin 0x…",
    then="avow chain show",
    done="this account is the admin",
    call=_call("accept_admin"),
)
