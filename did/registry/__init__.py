"""The registry: an append-only log, the map of latest states, checkpoints, proofs and receipts."""
