"""The forms of credentials as operations that are measured (`benchmarks/cryptosuites.py`)."""
