"""Facts about claims that stay hidden: a credential to prove with, a question, a proof, and lies."""
