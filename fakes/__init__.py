"""Real mail, DNS and sign-in servers that can be told to do what goes wrong; useful without the diagnostic tool."""
