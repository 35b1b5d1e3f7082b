"""Transaction scripts: what each request does, between the routes above and the domain and store below."""
