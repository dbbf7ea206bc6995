"""How the documentation is built: `make docs`; a warning is an error there."""  # noqa: INP001  # Sphinx reads it by its path

project = "mlbug"
author = "The authors of mlbug"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "mlbug"
html_show_copyright = False
html_show_sphinx = False
myst_heading_anchors = 3
myst_enable_extensions = ["html_image"]  # pictures keep their width where the repository is read, too
myst_links_external_new_tab = True
exclude_patterns = ["_build"]
suppress_warnings = [
    "myst.xref_missing",  # links to files beside docs/ are for readers of the repository; a test follows them
    "misc.highlighting_failure",  # a diagram is drawn where the repository is read, and stands here as its text
    "toc.not_included",  # a page may be reached by a link from another alone
]
