"""Finds and reads the shipped data: sheets, rules' files, price tables, machines, regions; compiles CEL."""
