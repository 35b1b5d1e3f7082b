"""Verifying: policies, the list of checks, and the verdict."""
