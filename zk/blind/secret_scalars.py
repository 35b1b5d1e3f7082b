"""A holder's secret scalars: the blind of a commitment, nym secrets, openings.

Texts: blind draft and pseudonym draft (`zk.transcript`), where these are bare scalars; the wrapping is ours.

Invariants
- Each kind is a type of its own, so that one is not passed for another.
- Every scalar is in [1, r); the list belongs to one ciphersuite.
- No value appears in a repr, exception or pickle; only `to_bytes` gives it out.

Not here: issuer keys (`zk.keys`); storage and sealing, which are the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn, Self

from zk.curve import SCALAR_LENGTH, decode_scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.ciphersuites import Ciphersuite, Suite
    from zk.curve import Scalar

_CODE = "zk.secret-scalars"


class SecretScalars:
    """A list of secret scalars. Compares by identity and never shows its values."""

    __slots__ = ("_ciphersuite", "_scalars")

    most: ClassVar[int]
    """How many scalars a value of this kind may have; at least one."""

    def __init__(self, ciphersuite: Ciphersuite, scalars: Sequence[Scalar]) -> None:
        """Wrap scalars in [1, r); use `from_bytes` for what comes from outside."""
        if not 0 < len(scalars) <= self.most:
            raise ZkError("zk.length", f"{len(scalars)} secret scalars, expected 1 to {self.most}")
        self._ciphersuite = ciphersuite
        self._scalars = tuple(scalars)

    @classmethod
    def from_bytes(cls, suite: Suite, octets: bytes) -> Self:
        """Decode 32 octets for each scalar, big endian; `zk.secret-scalars` unless each is in [1, r)."""
        count, rest = divmod(len(octets), SCALAR_LENGTH)
        if rest or not 0 < count <= cls.most:
            raise ZkError(_CODE, f"{len(octets)} octets, expected 32 for each of 1 to {cls.most} scalars")
        pieces = (octets[at : at + SCALAR_LENGTH] for at in range(0, len(octets), SCALAR_LENGTH))
        return cls(
            suite.ciphersuite,
            [decode_scalar(piece, what=f"secret {n}", code=_CODE) for n, piece in enumerate(pieces)],
        )

    def to_bytes(self) -> bytes:
        """Encode as 32 octets for each scalar, big endian."""
        return b"".join(encode_scalar(scalar) for scalar in self._scalars)

    def scalars(self, suite: Suite) -> tuple[Scalar, ...]:
        """Return the scalars, for use with this suite and no other (`zk.secret-scalars`)."""
        if suite.ciphersuite is not self._ciphersuite:
            raise ZkError(_CODE, f"secrets of {self._ciphersuite} were used with {suite.ciphersuite}")
        return self._scalars

    def __len__(self) -> int:
        return len(self._scalars)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._ciphersuite}, {len(self)} hidden)"

    def __reduce__(self) -> NoReturn:
        raise ZkError(_CODE, "secret scalars are not pickled", remedy="use to_bytes and seal the result")


class ProverBlind(SecretScalars):
    """The `secret_prover_blind` of one commitment: hides the committed messages, and every proof needs it."""

    __slots__ = ()
    most = 1


class ProverNyms(SecretScalars):
    """The prover's share of its nym secrets, before the signer adds entropy to the last."""

    __slots__ = ()
    most = 64


class NymSecrets(SecretScalars):
    """The signed nym secrets. Whoever has them links every pseudonym made of them."""

    __slots__ = ()
    most = 64


class SingleProverNym(SecretScalars):
    """The prover's share of the one secret of `zk.blind.single_pseudonyms`."""

    __slots__ = ()
    most = 1


class SingleNymSecret(SecretScalars):
    """The signed secret of `zk.blind.single_pseudonyms`. Whoever has it links every pseudonym made of it."""

    __slots__ = ()
    most = 1


class Openings(SecretScalars):
    """The randomness s_i behind the commitments of a committed disclosure, in their order."""

    __slots__ = ()
    most = 1024
