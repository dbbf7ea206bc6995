"""A small Bolt app that uses what the sandbox models; for trying the sandbox without mlbug itself."""

from __future__ import annotations

from slack_bolt import App


def plain(text):
    return {"type": "plain_text", "text": text}


def options(*names):
    return [{"text": plain(name), "value": name.lower().replace(" ", "-")} for name in names]


def button(text, action_id, **more):
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "42", **more}


def field(block_id, label, element, **more):
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "value", **element},
        **more,
    }


def dialog(title="Report a bug", text="", **more):
    helped = options("Data poisoning", "Model theft", "Not sure")
    helped[0]["description"] = plain("Somebody shapes what the model learns")
    return {
        "type": "modal",
        "callback_id": "dialog",
        "title": plain(title),
        "submit": plain("Next"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "private_metadata": "draft-1",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "*One of three.* Every answer is kept."}},
            {"type": "alert", "level": "warning", "text": plain("Say nothing of the way in to people outside.")},
            field("title", "Title", {"type": "plain_text_input", "initial_value": text, "max_length": 200}),
            field("story", "What happened?", {"type": "plain_text_input", "multiline": True}, optional=True),
            field(
                "threat",
                "Which threat?",
                {"type": "static_select", "options": helped},
                hint=plain("The nearest will do."),
            ),
            field(
                "system",
                "Affected system",
                {"type": "external_select", "action_id": "systems", "min_query_length": 1},
                optional=True,
            ),
            field(
                "intent",
                "Was it deliberate?",
                {"type": "radio_buttons", "options": options("Yes", "No")},
                optional=True,
            ),
            field("tags", "Also", {"type": "checkboxes", "options": options("Privacy", "Abuse")}, optional=True),
            field(
                "count",
                "How many users?",
                {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
                optional=True,
            ),
            field("since", "Since", {"type": "datepicker"}, optional=True),
            field("owner", "Owner", {"type": "users_select"}, optional=True),
            {"type": "actions", "block_id": "more", "elements": [button("More", "more"), button("Push", "push")]},
        ],
        **more,
    }


def simple(title, words, **more):
    return {
        "type": "modal",
        "title": plain(title),
        "callback_id": "simple",
        "blocks": [{"type": "section", "text": plain(words)}],
        **more,
    }


def card(title, user):
    return [
        {"type": "header", "text": plain("Critical · ML-42")},
        {"type": "section", "text": plain(title)},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Reported by <@{user}>"}]},
        {
            "type": "actions",
            "elements": [
                button("Accept", "accept", style="primary"),
                button(
                    "Close…",
                    "shut",
                    style="danger",
                    confirm={
                        "title": plain("Close ML-42?"),
                        "text": plain("It stays in the history."),
                        "confirm": plain("Close"),
                        "deny": plain("Keep Open"),
                    },
                ),
                {"type": "overflow", "action_id": "menu", "options": options("Assign", "Duplicate of")},
            ],
        },
    ]


HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Waiting for you")},
        {"type": "actions", "elements": [button("Refresh", "refresh")]},
    ],
}


def _points(*values):
    return [{"label": f"W{40 + number}", "value": value} for number, value in enumerate(values)]


def _cell(value):
    return {"type": "raw_number", "value": value} if isinstance(value, int) else {"type": "raw_text", "text": value}


def _open(key):
    fallback = {"type": "raw_text", "text": "-"}
    return {"type": "action_cell", "element": button("Open", f"open_{key}"), "fallback": fallback}


ROWS = [["Report", "Threat", "Days"], *[[f"ML-{40 + i}", "Model theft", i] for i in range(8)]]
DIGEST = [
    {"type": "header", "text": plain("Week 47")},
    {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": "*Came in*\n12"}, {"type": "mrkdwn", "text": "*Overdue*\n1"}],
    },
    {
        "type": "data_visualization",
        "title": "Reports a week",
        "chart": {
            "type": "bar",
            "series": [
                {"name": "Critical", "data": _points(2, 1, 0, 3, 2, 1, 4, 2)},
                {"name": "Important", "data": _points(5, 7, 3, 4, 6, 8, 5, 10)},
            ],
            "axis_config": {"categories": [f"W{40 + i}" for i in range(8)], "x_label": "Week", "y_label": "Reports"},
        },
    },
    {
        "type": "data_visualization",
        "title": "By severity",
        "chart": {
            "type": "pie",
            "segments": [
                {"label": "Critical", "value": 2},
                {"label": "Important", "value": 7},
                {"label": "Low", "value": 3},
            ],
        },
    },
    {
        "type": "data_table",
        "caption": "Waiting longest",
        "row_header_column_index": 0,
        "page_size": 5,
        "rows": [
            [_cell(value) for value in ROWS[0]] + [{"type": "raw_text", "text": "Do"}],
            *[[_cell(value) for value in row] + [_open(row[0])] for row in ROWS[1:]],
        ],
    },
    {
        "type": "container",
        "title": plain("Asked again and again"),
        "is_collapsible": True,
        "child_blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "Is prompt injection in the bar? · *4 times*"}},
            {"type": "table", "rows": [[_cell("Rule"), _cell("Overridden")], [_cell("DP-C1"), _cell(3)]]},
        ],
    },
    {
        "type": "card",
        "title": plain("ML-42 · Critical"),
        "subtitle": plain("Chat assistant"),
        "body": {"type": "mrkdwn", "text": "Leaks its *system prompt*."},
        "actions": [button("Show", "show_card")],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "useful",
                "positive_button": {"text": plain("Useful"), "value": "yes"},
                "negative_button": {"text": plain("Not useful"), "value": "no"},
            }
        ],
    },
]


def tiny_app(client, **settings) -> App:
    """Make the app; `client` is a WebClient that calls the sandbox."""
    app = App(client=client, **settings)
    for add in (_dialogs, _answers, _cards, _home_and_shortcuts, _words):
        add(app)
    return app


def _dialogs(app):
    @app.command("/mlbug")
    def start(ack, body, client):
        text = body["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if text == "silent":
            return
        if text == "digest":
            ack({"response_type": "in_channel", "text": "Week 47: 12 bugs, 2 of them Critical", "blocks": DIGEST})
            return
        if text == "help":
            ack("Try */mlbug* and a title.")
            return
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=dialog(text=text))

    @app.action("more")
    def more(ack, body, client):
        ack()
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=dialog("More to say"))

    @app.action("push")
    def push(ack, body, client):
        ack()
        client.views_push(trigger_id=body["trigger_id"], view=simple("On top", "Pushed", notify_on_close=True))

    @app.options("systems")
    def systems(ack, payload):
        names = ("Chat assistant", "Spam filter", "Face unlock")
        ack(options=options(*[name for name in names if payload["value"].lower() in name.lower()]))


def _answers(app):
    @app.view("dialog")
    def submit(ack, view, body, client):
        title = view["state"]["values"]["title"]["value"]["value"]
        actions = {
            "refuse": {"response_action": "errors", "errors": {"title": "Say what broke, in a few words."}},
            "update": {"response_action": "update", "view": dialog("Second screen", title)},
            "push": {"response_action": "push", "view": simple("On top", "Pushed by the answer")},
            "clear": {"response_action": "clear"},
            "strange": {"response_action": "errors", "errors": {"nowhere": "Lost"}},
            "large": {
                "response_action": "update",
                "view": simple("Large", "x", private_metadata="")
                | {"blocks": [{"type": "section", "text": plain("x" * 2900)}] * 8},
            },
        }
        if title == "silent":
            return
        ack(**actions.get(title, {}))
        if title not in actions:
            client.chat_postMessage(
                channel="#triage",
                text=f"Filed: {title}",
                blocks=card(title, body["user"]["id"]),
                metadata={"event_type": "card", "event_payload": {"key": "ML-42:card"}},
            )

    @app.view("simple")
    def submitted(ack):
        ack()

    @app.view_closed("dialog")
    @app.view_closed("simple")
    def closed(ack, body, client):
        ack()
        client.chat_postMessage(
            channel=body["user"]["id"], text=f"Closed {body['view']['title']['text']}, cleared: {body['is_cleared']}"
        )


def _cards(app):
    @app.action("accept")
    def accept(ack, body, client, respond):
        ack()
        client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="Accepted",
            blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": f"Accepted by <@{body['user']['id']}>"}}],
        )
        client.chat_postMessage(channel=body["channel"]["id"], thread_ts=body["message"]["ts"], text="Accepted.")
        respond("Only you see this.", replace_original=False)

    @app.action("shut")
    def shut(ack, body, client):
        ack()
        client.chat_delete(channel=body["channel"]["id"], ts=body["message"]["ts"])

    @app.action("menu")
    def menu(ack, payload, respond):
        ack()
        respond(f"Chose {payload['selected_option']['text']['text']}", replace_original=False)


def _home_and_shortcuts(app):
    @app.event("app_home_opened")
    def home(event, client):
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=HOME)

    @app.action("refresh")
    def refresh(ack, body, client):
        ack()
        client.views_publish(
            user_id=body["user"]["id"],
            view={"type": "home", "blocks": [{"type": "section", "text": plain("Nothing waits.")}]},
        )

    @app.shortcut("triage_message")
    def on_message(ack, shortcut, client):
        ack()
        client.views_open(trigger_id=shortcut["trigger_id"], view=dialog(text=shortcut["message"]["text"][:60]))

    @app.shortcut("triage")
    def anywhere(ack, shortcut, client):
        ack()
        client.views_open(trigger_id=shortcut["trigger_id"], view=dialog())


def _words(app):
    @app.action("useful")
    def useful(ack, action, respond):
        ack()
        respond(f"Thank you: {action['value']}", replace_original=False)

    @app.event("app_mention")
    def mentioned(event, say):
        say("You named me.", thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    def direct(event, say):
        if event["channel_type"] == "im":
            say(f"You said: {event['text']}")
