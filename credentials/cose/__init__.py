"""Credentials and presentations secured with COSE, on a strict COSE_Sign1."""
