"""A comment's text and where it belongs → the one comment on the pull request that holds it. Opens sockets."""
