"""Tables and charts.

https://docs.slack.dev/reference/block-kit/blocks/table-block, data-table-block, data-visualization-block
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import limits, rich_text
from bot.sandbox.blockkit.elements import element
from bot.sandbox.blockkit.shapes import (
    Check,
    Shape,
    Walk,
    anything,
    array,
    boolean,
    integer,
    is_object,
    number,
    one_of,
    string,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_RAW_TEXT = Shape({"type": anything, "text": string()})
_RAW_NUMBER = Shape({"type": anything, "value": number()}, {"text": string()})


def _action_cell(walk: Walk, value: dict[str, Any], path: str) -> None:
    walk.action_ids = {}
    Shape(
        {"type": anything, "element": element("data_table")},
        {"fallback": _cell(frozenset({"raw_text", "raw_number"}))},
    )(walk, value, path)
    if "fallback" not in value:
        walk.warn(path, "no_cell_fallback", "give an action_cell a fallback for older clients")


_CELLS: Mapping[str, Check] = {
    "raw_text": _RAW_TEXT,
    "raw_number": _RAW_NUMBER,
    "rich_text": rich_text.RICH_TEXT,
    "action_cell": _action_cell,
}


def _cell(allowed: frozenset[str]) -> Check:
    def check(walk: Walk, value: Any, path: str) -> None:
        if not is_object(walk, value, path):
            return
        kind = type_of(value)
        if kind not in allowed:
            walk.error(f"{path}/type", "unsupported_cell", f"a {kind} cell is not allowed here")
            return
        _CELLS[kind](walk, value, path)

    return check


def _cell_length(cell: Any) -> int:
    if not isinstance(cell, dict):
        return 0
    if cell.get("type") == "raw_number":
        return len(str(cell.get("text", cell.get("value", ""))))
    if cell.get("type") == "action_cell":
        return _cell_length(cell.get("fallback"))
    return rich_text.length(cell)


def _characters(rows: Any) -> int:
    return sum(_cell_length(cell) for row in rows if isinstance(row, list) for cell in row)


_TABLE_CELL = _cell(frozenset({"raw_text", "raw_number", "rich_text"}))
_DATA_CELL = _cell(frozenset({"raw_text", "raw_number", "rich_text", "action_cell"}))
_HEAD_CELL = _cell(frozenset({"raw_text", "raw_number"}))


def _count_table(walk: Walk, value: dict[str, Any], path: str) -> None:
    walk.tables.append(path)
    if isinstance(value.get("rows"), list):
        walk.count("table", _characters(value["rows"]))


def _column(walk: Walk, value: object, path: str) -> None:
    if value is not None:
        Shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})(walk, value, path)


TABLE = Shape(
    {"rows": array(array(_TABLE_CELL, 1, limits.TABLE_COLUMNS), 1, limits.TABLE_ROWS)},
    {"column_settings": array(_column, 0, limits.TABLE_COLUMNS)},
    (_count_table,),
)


def _data_rows(walk: Walk, value: Any, path: str) -> None:
    array(anything, 2, limits.DATA_TABLE_ROWS)(walk, value, path)
    if not isinstance(value, list):
        return
    for index, row in enumerate(value):
        array(_DATA_CELL if index else _HEAD_CELL, 1, limits.TABLE_COLUMNS)(walk, row, f"{path}/{index}")
        if isinstance(row, list) and isinstance(value[0], list) and len(row) != len(value[0]):
            walk.error(
                f"{path}/{index}", "ragged_row", "all rows need as many cells as the first", len(value[0]), len(row)
            )
    walk.count("data_table", _characters(value))


def _row_header_in_range(walk: Walk, value: dict[str, Any], path: str) -> None:
    rows = value.get("rows")
    if "row_header_column_index" in value and isinstance(rows, list) and rows and isinstance(rows[0], list):
        integer(0, len(rows[0]) - 1)(walk, value["row_header_column_index"], f"{path}/row_header_column_index")


DATA_TABLE = Shape(
    {"caption": string(), "rows": _data_rows},
    {"page_size": integer(1, limits.DATA_TABLE_PAGE), "row_header_column_index": anything},
    (_row_header_in_range,),
)

_LABEL = string(limits.CHART_LABEL)
_POINT = Shape({"label": _LABEL, "value": number()})
_SERIES = Shape({"name": _LABEL, "data": array(_POINT, 1, limits.CHART_POINTS)})
_AXIS = Shape(
    {"categories": array(_LABEL, 1, limits.CHART_POINTS)},
    {"x_label": string(limits.AXIS_LABEL), "y_label": string(limits.AXIS_LABEL)},
)


def _each_category_once(walk: Walk, value: dict[str, Any], path: str) -> None:
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    series = value.get("series")
    if not isinstance(categories, list) or not isinstance(series, list):
        return
    if len(set(map(str, categories))) != len(categories):
        walk.error(f"{path}/axis_config/categories", "duplicate_category", "categories must be unique")
    names = [each.get("name") for each in series if isinstance(each, dict)]
    if len(set(map(str, names))) != len(names):
        walk.error(f"{path}/series", "duplicate_series", "series names must be unique")
    for index, each in enumerate(series):
        data = each.get("data") if isinstance(each, dict) else None
        labels = [point.get("label") for point in data if isinstance(point, dict)] if isinstance(data, list) else []
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            walk.error(f"{path}/series/{index}/data", "labels_mismatch", "needs exactly one point for each category")


_SEGMENT = Shape({"label": _LABEL, "value": number(positive=True)})
_PIE = Shape({"type": anything, "segments": array(_SEGMENT, 1, limits.CHART_SERIES)})
_AXES = Shape(
    {"type": anything, "series": array(_SERIES, 1, limits.CHART_SERIES), "axis_config": _AXIS},
    {},
    (_each_category_once,),
)


def _chart(walk: Walk, value: Any, path: str) -> None:
    if not is_object(walk, value, path):
        return
    kind = type_of(value)
    if kind not in ("pie", "bar", "area", "line"):
        walk.error(f"{path}/type", "invalid_enum", "must be pie, bar, area or line", got=kind)
        return
    (_PIE if kind == "pie" else _AXES)(walk, value, path)


def _count_chart(walk: Walk, _value: object, path: str) -> None:
    walk.charts.append(path)


CHART = Shape({"title": string(limits.CHART_TITLE), "chart": _chart}, {}, (_count_chart,))
