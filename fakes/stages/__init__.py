"""Where a world is played: on loopback, or in network namespaces. The verdict must be the same on both."""
