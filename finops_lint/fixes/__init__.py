"""A finding's remedy → edits in the user's files: nothing else in them changes, to the byte."""
