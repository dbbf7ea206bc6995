"""A scene as SVG: text stays text, and the picture tells what it shows to whoever cannot see it."""

from xml.sax.saxutils import escape

from bot.slides.scene import HEIGHT, WIDTH, Box, Line, Scene, Words

_FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"


def svg(scene: Scene) -> str:
    """The file's content."""
    shapes = "\n".join(_shape(shape) for shape in scene.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title told" '
        f'font-family="{escape(_FONT)}">\n'
        f'<title id="title">{escape(scene.title)}</title>\n<desc id="told">{escape(scene.told)}</desc>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{shapes}\n</svg>\n'
    )


def _shape(shape: Box | Line | Words) -> str:
    if isinstance(shape, Box):
        return (
            f'<rect x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}" fill="{shape.colour}"/>'
        )
    if isinstance(shape, Line):
        return (
            f'<line x1="{shape.x1:g}" y1="{shape.y1:g}" x2="{shape.x2:g}" y2="{shape.y2:g}" '
            f'stroke="{shape.colour}" stroke-width="{shape.width:g}"/>'
        )
    weight = ' font-weight="600"' if shape.bold else ""
    return (
        f'<text x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size}" fill="{shape.colour}" '
        f'text-anchor="{shape.anchor}"{weight}>{escape(_printable(shape.text))}</text>'
    )


def _printable(text: str) -> str:
    """What XML can hold of it."""
    return "".join(c if c.isprintable() else " " for c in text)
