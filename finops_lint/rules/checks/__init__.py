"""Python checks for what no condition can say; each is shared by the rules that name it in `check:`."""
