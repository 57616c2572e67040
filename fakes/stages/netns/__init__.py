"""A world in network namespaces: real hops, real port numbers, and the kernel's own firewall (Linux).

No namespace has a name, no file and no lock is left anywhere: each namespace is held by a descriptor of the process
that made it, and everything runs in a process namespace of its own. When its first process ends, for whatever reason,
the kernel ends the others and frees the rest, so there is nothing to clean up, neither now nor by the next run.
"""
