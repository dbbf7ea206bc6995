"""The domain of mlbug, pure: the bar, scoring, records, policy and the use cases.

Nothing here knows Slack, SQL, files it was not handed, the clock or chance.
"""
