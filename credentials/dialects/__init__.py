"""Dialects: the forms of credentials, each behind the one interface that issuing and verifying know."""
