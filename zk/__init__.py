"""Pure zero-knowledge mathematics over BLS12-381: no input or output, no JSON, no clock."""
