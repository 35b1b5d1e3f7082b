"""The registry at work: the log's rows and memory, sealing, signing, anchoring, evidence."""
