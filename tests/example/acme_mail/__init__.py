"""What only this company asks of its mail service."""
