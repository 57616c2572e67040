"""Bytes into events and back, without sockets: the grammar of the mail protocols, of SASL and of a little TLS.

Everything here takes what has arrived so far and says what it means, or that more is needed. Every reader is bounded,
because what it reads comes from a server that nobody vouches for.
"""
