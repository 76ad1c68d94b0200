"""The story: an account's months as its people see them, and a promise checked at every line."""
