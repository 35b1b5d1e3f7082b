"""Composite proofs: what lies at the edges of each check."""
