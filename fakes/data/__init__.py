"""Data files of the fakes. The signing key is public knowledge: nothing but a fake ever trusts it."""
