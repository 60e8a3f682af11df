"""Text to Resources, one package a language; knows nothing of prices or rules."""
