"""The parts of a composite proof, one file for each: what a prover commits to, what a verifier recomputes."""
