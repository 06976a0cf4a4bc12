"""``python -m dashboards``: draw the page from the marts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dashboards.marts import MartsError, open_marts


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", metavar="NAME", help="Target of profiles.yml; the profile's default unless given.")
@click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("dashboards/out/index.html"),
    show_default=True,
    metavar="FILE",
)
def main(target: str | None, path: Path) -> None:
    """Read the marts and write one HTML page that needs no server and no network."""
    from dashboards.page import render

    try:
        page = render(open_marts(target))
    except MartsError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.status)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    click.echo(f"Wrote {path} ({len(page) / 1e6:.1f} MB).")


if __name__ == "__main__":
    main()
