"""Verdict and pages into documents. Nothing here decides anything, and nothing here reaches the network."""
