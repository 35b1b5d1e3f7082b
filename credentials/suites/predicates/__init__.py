"""`bbs-predicates-2026`: credentials over typed slots, of which a holder proves what is asked and no more."""
