"""What issuers and verifiers publish beside keys: digit lists, set lists, gaps of a revocation epoch."""
