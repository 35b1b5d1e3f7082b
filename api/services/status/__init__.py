"""Status of issued credentials: one index for every form of a credential, lists of both kinds from it."""
