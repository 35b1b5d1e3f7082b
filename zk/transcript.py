"""Every label and domain separator of the zero-knowledge mathematics, in one place.

Two different uses never share a tag, and no tag is built anywhere else. A tag is an api identifier followed
by one of the suffixes below; an api identifier is a ciphersuite identifier followed by the name of an
interface (BBS draft, "Defining New Interfaces"), so another interface has other tags throughout.

Texts
- BBS: draft-irtf-cfrg-bbs-signatures-09 (July 2025). Ciphersuite and api identifiers are the draft's, byte
  for byte; they carry no draft number, so the number stands in `BBS_DRAFT` and in every suite's label.
- Blind BBS: draft-irtf-cfrg-bbs-blind-signatures-03 (June 2026), pinned in `BLIND_DRAFT`.
- Pseudonyms: draft-irtf-cfrg-bbs-per-verifier-linkability-03 (June 2026), pinned in `PSEUDONYM_DRAFT`.
- Ours: names that start with `AVOW_`; they never enter anything that another implementation recomputes.

A change of meaning is a new label, never a new use of an old one.
"""

from __future__ import annotations

from typing import Final

BBS_DRAFT: Final = "draft-irtf-cfrg-bbs-signatures-09"
BLIND_DRAFT: Final = "draft-irtf-cfrg-bbs-blind-signatures-03"
PSEUDONYM_DRAFT: Final = "draft-irtf-cfrg-bbs-per-verifier-linkability-03"

# Ciphersuites (BBS draft, section 7.2).
CIPHERSUITE_SHA_256: Final = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_"
CIPHERSUITE_SHAKE_256: Final = b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_"

# Interfaces: api identifier = ciphersuite identifier ‖ name.
INTERFACE_BBS: Final = b"H2G_HM2S_"
"""Hash-to-generators and hash-message-to-scalar: the interface of the BBS draft."""
INTERFACE_BLIND: Final = b"BLIND_H2G_HM2S_"
"""Signatures over messages of which the signer knows some (blind draft)."""
INTERFACE_PSEUDONYM: Final = b"H2G_HM2S_PSEUDONYM_"
"""Blind signatures whose last messages are the secrets behind pseudonyms (pseudonym draft)."""

# Prefixes of an api identifier, for a second and third family of generators (blind draft).
BLIND_GENERATORS: Final = b"BLIND_"
"""Q_2, J_1, J_2, ...: the prover's blind and its committed messages."""
COMMITTED_DISCLOSURE_GENERATORS: Final = b"COM_DIS_"
"""Y_0, Y_1: commitments to single hidden messages."""

# Suffixes of an api identifier (BBS draft).
HASH_TO_SCALAR: Final = b"H2S_"
"""Domain, challenge, and the signature's `e`."""
MAP_MESSAGE: Final = b"MAP_MSG_TO_SCALAR_AS_HASH_"
KEY_GENERATION: Final = b"KEYGEN_DST_"
GENERATOR_SEED_DST: Final = b"SIG_GENERATOR_SEED_"
GENERATOR_DST: Final = b"SIG_GENERATOR_DST_"

# A suffix of the pseudonym draft, without an underscore at its end.
NYM_EVALUATION: Final = b"VECT_NYM_SECRETS"
"""The point at which the polynomial of the nym secrets is evaluated."""

# Seeds of the generators: hashed under GENERATOR_SEED_DST, after the api identifier.
GENERATOR_SEED: Final = b"MESSAGE_GENERATOR_SEED"
BASE_POINT_SEED: Final = b"BP_MESSAGE_GENERATOR_SEED"
"""The seed of P1, which the draft fixes once for each ciphersuite."""

# Suffixes of our own.
INVERSION_BLIND: Final = b"AVOW_INVERSION_BLIND_"
"""The blinding of 1/(SK + e), derived from the key; local to the signer."""
