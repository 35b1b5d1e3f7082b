"""What proofs say about hidden claims: typed claims, expressions, statements, and words for people."""
