"""Figures as files for slides: tables (CSV) and charts (SVG, PNG), drawn without any library."""
