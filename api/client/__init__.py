"""A client of the service over HTTP, and what a verifier needs beside it; for command line and journey."""
