"""The outside of Avow: HTTP service, store, command line."""
