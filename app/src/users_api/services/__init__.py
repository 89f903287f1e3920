"""What the application does, in the words of the domain."""
