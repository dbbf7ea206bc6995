"""A strict offline checker for Block Kit payloads: views, messages, acks and option lists as plain dicts.

Every function returns a list of `Problem`, empty when the payload is clean; `errors()` keeps those that Slack
would refuse, cut or drop, and leaves out the advice.
"""

from bot.sandbox.blockkit.payloads import check_ack, check_blocks, check_message, check_options, check_view
from bot.sandbox.blockkit.problems import Problem, errors

__all__ = ["Problem", "check_ack", "check_blocks", "check_message", "check_options", "check_view", "errors"]
