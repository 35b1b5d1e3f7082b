"""Revocation that holders prove against: lists, identifiers, gaps by epoch, and published parameters."""
