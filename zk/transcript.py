"""Every label and domain separator of the zero-knowledge mathematics, in one place.

Two different uses never share a tag, and no tag is built anywhere else. A tag is an api identifier followed
by one of the suffixes below; an api identifier is a ciphersuite identifier followed by the name of an
interface (BBS draft, "Defining New Interfaces"), so another interface has other tags throughout.

Texts
- BBS: draft-irtf-cfrg-bbs-signatures-09 (July 2025). Ciphersuite and api identifiers are the draft's, byte
  for byte; they carry no draft number, so the number stands in `BBS_DRAFT` and in every suite's label.
- Blind BBS: draft-irtf-cfrg-bbs-blind-signatures-03 (June 2026), pinned in `BLIND_DRAFT`.
- Pseudonyms: draft-irtf-cfrg-bbs-per-verifier-linkability-03 (June 2026), pinned in `PSEUDONYM_DRAFT`.
- Pseudonyms of one secret: that draft as it was early in 2025, pinned by the W3C vectors of April 2025; its
  api identifier is today's, and what tells the two apart stands in `zk.blind.single_pseudonyms`.
- Composite proofs: `bbs-predicates-2026`, version 1, our own; another version is another interface name.
- Ours: names that start with `AVOW_`; they never enter anything that another implementation recomputes.

A change of meaning is a new label, never a new use of an old one.
"""

from __future__ import annotations

from typing import Final

BBS_DRAFT: Final = "draft-irtf-cfrg-bbs-signatures-09"
BLIND_DRAFT: Final = "draft-irtf-cfrg-bbs-blind-signatures-03"
PSEUDONYM_DRAFT: Final = "draft-irtf-cfrg-bbs-per-verifier-linkability-03"
SINGLE_PSEUDONYM_DRAFT: Final = "draft-irtf-cfrg-bbs-per-verifier-linkability of early 2025"

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
INTERFACE_PREDICATES: Final = b"H2G_TM2S_PREDICATES2026V1_"
"""Hash-to-generators and typed-message-to-scalar: the interface of the composite proofs (`zk.predicates`)."""

# Prefixes of an api identifier, for further families of generators: those of the blind draft, and those of
# the composite proofs, with gap signatures.
BLIND_GENERATORS: Final = b"BLIND_"
"""Q_2, J_1, J_2, ...: the prover's blind and its committed messages."""
COMMITTED_DISCLOSURE_GENERATORS: Final = b"COM_DIS_"
"""Y_0, Y_1: commitments to single hidden messages."""
FAMILY_DIGIT: Final = b"DIGIT_"
FAMILY_MEMBER: Final = b"MEMBER_"
FAMILY_GAP: Final = b"GAP_"
FAMILY_BULLETPROOF: Final = b"BULLET_"

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

# Suffixes of an api identifier (composite proofs).
MAP_TYPED: Final = b"MAP_TYPED_"
"""Texts, quads and the constants for absent values and padding, to scalars."""
ISSUE_CHALLENGE: Final = b"ISSUE_CHAL_"
ENROLMENT_BASE: Final = b"ENROL_H2C_"
PRESENTATION_CHALLENGE: Final = b"PRESENT_CHAL_"
PSEUDONYM_BASE: Final = b"NYM_H2C_"
PSEUDONYM_POWER: Final = b"NYM_Z_"
BULLETPROOF_CHALLENGE: Final = b"BULLET_CHAL_"
BULLETPROOF_WEIGHT: Final = b"BULLET_WEIGHT_"
PAIRING_WEIGHTS: Final = b"WEIGHTS_"

# Suffixes of our own.
INVERSION_BLIND: Final = b"AVOW_INVERSION_BLIND_"
"""The blinding of 1/(SK + e), derived from the key; local to the signer."""
