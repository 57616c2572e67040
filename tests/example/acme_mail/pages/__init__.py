"""The pages of this company's findings: one for each, at ``<layer>/<finding>.md``."""
