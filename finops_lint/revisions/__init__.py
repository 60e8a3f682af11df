"""A commit of the user's repository beside the work tree: read by git itself, nothing checked out."""
