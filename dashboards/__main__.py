"""``python -m dashboards``: draw the page from the marts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dashboards.marts import MartsError, open_marts

PAGE = Path("dashboards/out/index.html")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", metavar="NAME", help="Target of profiles.yml; the profile's default unless given.")
@click.option("--to", "page", type=FILE, default=PAGE, show_default=True, metavar="FILE", help="Where the page goes.")
@click.option("--picture", type=FILE, metavar="FILE.png", help="Draw this picture too (the one in the README).")
def main(target: str | None, page: Path, picture: Path | None) -> None:
    """Read the marts and write one HTML page that needs no server and no network."""
    from dashboards.queries import read

    try:
        read_marts = read(open_marts(target))
    except MartsError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.status)
    from dashboards.page import render  # slow to import, and a refusal need not wait for it

    _write(page, render(read_marts).encode())
    if picture and read_marts.mail:
        from dashboards.picture import draw

        _write(picture, draw(read_marts.mail))
    elif picture:
        click.echo(f"{picture} is not drawn: there is no mail yet.", err=True)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        click.echo(f"Error: {path} cannot be written: {error.strerror}.", err=True)
        sys.exit(2)
    click.echo(f"Wrote {path} ({len(content) / 1e6:.1f} MB).")


if __name__ == "__main__":
    main()
