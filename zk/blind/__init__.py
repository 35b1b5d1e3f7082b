"""Blind BBS and what stands on it: committed disclosure, and pseudonyms for each verifier."""
