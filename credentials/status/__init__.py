"""Status of credentials: Bitstring Status List 1.0 and Token Status List, one index space for both."""
