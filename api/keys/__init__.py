"""Private keys in the service's custody: stored only wrapped, opened only in memory."""
