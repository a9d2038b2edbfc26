"""What may leave the tool of figures about people."""
