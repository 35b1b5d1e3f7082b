"""The first whole journey, over HTTP: anchor a DID, sign, prove a part, log in, refuse six attacks."""
