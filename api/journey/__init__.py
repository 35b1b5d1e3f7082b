"""The whole journey, over HTTP: anchor, sign, show a part, prove facts, and refuse every attack on it."""
