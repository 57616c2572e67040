"""The one door to the network: every socket of the tool is opened, timed, classified and recorded here.

What could differ between a customer's site and an emulated world comes in as parameters of
:class:`diag.net.network.Settings`: where addresses really lead, which name server answers, which roots are
trusted, what time it is. Nothing is patched.
"""
