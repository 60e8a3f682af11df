"""Turns price lists and files of price facts into the tables under `pricing/`; the only room that writes them."""
