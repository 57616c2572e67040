"""The nouns of the tool: plain data that every layer shares and that imports nothing but the standard library."""
