"""The holder's side: what a wallet keeps, shows and presents."""
