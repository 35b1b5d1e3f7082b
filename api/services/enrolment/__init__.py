"""Signing for a holder without seeing the holder's secrets: offers, commitments, and who is enrolled."""
