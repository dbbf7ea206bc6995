"""Slack's numbers, each beside the page of Slack's that states it.

"Seen live" marks what no page states: it was reported by people who watched a workspace.
Lengths are counted in Python characters; which unit Slack counts is not documented.
"""

from __future__ import annotations

# https://docs.slack.dev/reference/block-kit/blocks
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
BLOCK_ID = 255
ACTION_ID = 255

# https://docs.slack.dev/reference/views and https://docs.slack.dev/reference/methods/views.open
VIEW_BYTES = 250_000
VIEW_TITLE = 24
PRIVATE_METADATA = 3_000
CALLBACK_ID = 255
EXTERNAL_ID = 255
VIEW_STACK = 3  # https://docs.slack.dev/surfaces/modals

# https://docs.slack.dev/interactivity/handling-user-interaction
TRIGGER_SECONDS = 3.0
ACK_SECONDS = 3.0
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60

# Seen live: a Socket Mode answer of 20 kB or more is dropped without a word.
SOCKET_ANSWER_BYTES = 20_000

# https://docs.slack.dev/reference/methods/chat.postMessage and chat.update
TEXT_ADVISED = 4_000
TEXT_CUT = 40_000
UPDATE_TEXT = 4_000
ATTACHMENTS = 100
ATTACHMENTS_ADVISED = 20

# https://docs.slack.dev/reference/block-kit/composition-objects
TEXT_OBJECT = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_DESCRIPTION = 75
OPTION_GROUP_LABEL = 75
OPTION_GROUPS = 100
SELECT_OPTIONS = 100

# https://docs.slack.dev/reference/block-kit/block-elements
URL = 3_000
PLACEHOLDER = 150
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ACCESSIBILITY_LABEL = 75
AGENT_PROMPT = 4_000
CHECKBOX_OPTIONS = 10
RADIO_OPTIONS = 10
OVERFLOW_OPTIONS = 5
INPUT_LENGTH = 3_000
FILES = 10
RICH_INPUT_LINES = 100
CONTEXT_ACTIONS = 5
ALT_TEXT = 2_000

# https://docs.slack.dev/reference/block-kit/blocks/section-block and the pages of the other blocks beside it
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
SECTION_FIELD = 2_000
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
INPUT_LABEL = 2_000
INPUT_HINT = 2_000
IMAGE_TITLE = 2_000
MARKDOWN = 12_000
ALERT = 200
VIDEO_TITLE = 199
VIDEO_AUTHOR = 49

# https://docs.slack.dev/reference/block-kit/blocks/card-block, carousel-block, container-block
CARD_TITLE = 150
CARD_BODY = 200
CARD_ACTIONS = 3
CAROUSEL_CARDS = 10
CONTAINER_TITLE = 150
CONTAINER_CHILDREN = 10

# https://docs.slack.dev/reference/block-kit/blocks/table-block and data-table-block
TABLES = 1
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
DATA_TABLE_ROWS = 201
DATA_TABLE_CHARACTERS = 20_000
DATA_TABLE_PAGE = 100

# https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
CHARTS = 2
CHART_TITLE = 50
CHART_SERIES = 12
CHART_POINTS = 20
CHART_LABEL = 20
AXIS_LABEL = 50

# https://docs.slack.dev/reference/block-kit/blocks/plan-block, task-card-block; lengths seen live
TASKS = 50
TASK_TEXT = 256
