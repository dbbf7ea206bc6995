"""Payloads of any size, valid but for what a test makes of them."""

from __future__ import annotations

import json

from bot.sandbox.blockkit import check_blocks, check_view


def plain(n):
    return {"type": "plain_text", "text": "x" * n}


def option(text=1, value="v", **more):
    return {"text": plain(text), "value": value, **more}


def options(n):
    return [option(value=str(i)) for i in range(n)]


def section(n=1, **more):
    return {"type": "section", "text": plain(n), **more}


def divider(**more):
    return {"type": "divider", **more}


def modal(blocks=None, **more):
    return {"type": "modal", "callback_id": "c", "title": plain(1), "blocks": blocks or [section()], **more}


def home(blocks):
    return {"type": "home", "blocks": blocks}


def field(element, **more):
    element = {"action_id": "a", **element}
    return {"type": "input", "label": plain(1), "element": element, **more}


def form(element, **more):
    return check_view(modal([field(element, **more)], submit=plain(1)))


def accessory(element):
    return check_blocks([section(accessory={"action_id": "a", **element})])


def actions(*elements):
    return check_blocks([{"type": "actions", "elements": list(elements)}])


def button(n=1, **more):
    return {"type": "button", "action_id": "a", "text": plain(n), **more}


def confirm(**lengths):
    parts = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | lengths
    return accessory(button(confirm={name: plain(n) for name, n in parts.items()}))


def blocks(*items):
    return check_blocks(list(items))


def rows(n, columns=1, text="x"):
    return [[{"type": "raw_text", "text": text}] * columns for _ in range(n)]


def table(rows_):
    return {"type": "table", "rows": rows_}


def data_table(rows_, **more):
    return {"type": "data_table", "caption": "c", "rows": rows_, **more}


def pie(n=1, **more):
    segments = [{"label": f"s{i}", "value": 1} for i in range(n)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}, **more}


def bars(series=1, points=1, name="n", category="c", **axis):
    categories = [f"{category}{i}"[-max(len(category), 2) :] for i in range(points)]
    data = [{"label": each, "value": 1} for each in categories]
    chart = {
        "type": "bar",
        "series": [{"name": name if series == 1 else f"n{i}", "data": data} for i in range(series)],
        "axis_config": {"categories": categories, **axis},
    }
    return {"type": "data_visualization", "title": "t", "chart": chart}


def card(**more):
    return {"type": "card", "title": plain(1), **more}


def container(**more):
    return {"type": "container", "title": plain(1), "child_blocks": [section()], **more}


def context(*elements):
    return {"type": "context", "elements": list(elements)}


def thumbs(i):
    each = {"text": plain(1), "value": "v"}
    return {"type": "feedback_buttons", "action_id": f"a{i}", "positive_button": each, "negative_button": each}


def plan(n):
    return {"type": "plan", "title": "t", "tasks": [{"task_id": str(i), "title": "t"} for i in range(n)]}


def icon_image(n):
    return {"type": "image", "image_url": "https://e.example/i.png", "alt_text": "x" * n}


def groups(n, each=1):
    made = [{"label": plain(1), "options": [option(value=f"{g}-{i}") for i in range(each)]} for g in range(n)]
    return {"type": "static_select", "option_groups": made}


def view_of(size):
    """A view of exactly so many bytes; no single text is too long."""
    made = modal([section(2990) for _ in range(80)], private_metadata="")
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in made["blocks"]:
        take = min(10, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    fill = made["blocks"] + [section() for _ in range(20)]
    made["blocks"] = fill
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in fill[80:]:
        take = min(2990, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    assert missing == 0
    return made


def answer_of(size):
    made = {"response_action": "update", "view": modal([section(2000) for _ in range(9)])}
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in made["view"]["blocks"]:
        take = min(900, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    assert missing == 0
    return made
