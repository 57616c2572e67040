"""What a network does wrong, on loopback: each fault is a real socket that treats connections in its own way.

Faults know nothing of the protocol above them, but for :mod:`fakes.faults.rewrite`, whose business it is.
"""
