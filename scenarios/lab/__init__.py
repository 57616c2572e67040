"""The lab: worlds that stand in namespaces of their own, each with a check that is made inside it.

Four kinds of process: the one outside that plays cases (:mod:`scenarios.lab.outside`); the first one inside, which
has everything loaded and starts the others (:mod:`scenarios.lab.inside`); one for each world; and one for its check
(:mod:`scenarios.lab.checks`). Nothing of them outlives the first one inside, and that does not outlive the one outside.
"""
