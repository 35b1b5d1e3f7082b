"""Verifiable credentials: issuing, holding, presenting, verifying."""
