"""Draw every picture of Half Turn from a few lines of text.

A picture is a grid of cells, rows split by ``|`` or a line break, cells by blanks. A cell is ``..`` (empty)
or one or more glyphs laid over each other with ``+``. A glyph is a shape, an optional size and a tone:
``cS`` is a quarter disc in spruce, ``c2S`` the same over 2 x 2 cells, ``sA+oG`` a gold disc on a sage square.

Shapes, on a cell of 100 x 100:
    a b c d   quarter disc, its right angle at the top left, top right, bottom right, bottom left
              (so ``c d`` is a dome, ``b a`` a bowl, and the four together a disc)
    o q k z   disc; disc centred on the right edge, to sit between two cells; small disc; small disc on the
              top left corner, to sit amid four cells
    s w       square; window, a smaller square in the middle
    u e       half disc standing on the floor; half disc hanging from the ceiling
    h         three lines of writing
    l m i t   bar along the ceiling; bar across the middle; post in the middle; bar with a tooth
Tones: P paper, S spruce, G gold (one idea in each picture), A sage, K ink.

Run it after a change to a picture, and commit what it writes:
    python -m venv /tmp/art && /tmp/art/bin/pip install cairosvg pillow   # and libcairo2 from the system
    /tmp/art/bin/python -B overrides/art/draw.py

It writes ``overrides/art/*.svg`` (pasted into pages; the classes a0 to a4 take their colours from the style
sheet, so they follow the reader's scheme), ``content/images/**.png`` (light and ``-dark``, for mail and feeds)
and ``content/assets/favicon.svg``. The same input gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path

import cairosvg
from PIL import Image, ImageColor

ART = Path(__file__).resolve().parent
CONTENT = ART.parents[1] / "content"

CELL = 100
MARGIN = CELL // 2
SCENE_WIDTH, TILE_WIDTH, MARK_WIDTH = 1200, 192, 96  # pixels

SHAPES: Mapping[str, str] = {
    "a": "M0 0H100A100 100 0 0 1 0 100Z",
    "b": "M100 0V100A100 100 0 0 1 0 0Z",
    "c": "M100 100H0A100 100 0 0 1 100 0Z",
    "d": "M0 100V0A100 100 0 0 1 100 100Z",
    "o": "M50 12a38 38 0 1 0 .01 0Z",
    "q": "M100 12a38 38 0 1 0 .01 0Z",
    "k": "M50 32a18 18 0 1 0 .01 0Z",
    "z": "M0 -18a18 18 0 1 0 .01 0Z",
    "s": "M0 0H100V100H0Z",
    "w": "M26 24H74V76H26Z",
    "u": "M0 100a50 50 0 0 1 100 0Z",
    "e": "M0 0a50 50 0 0 0 100 0Z",
    "h": "M0 12H100V28H0ZM0 42H100V58H0ZM0 72H64V88H0Z",
    "l": "M0 0H100V24H0Z",
    "m": "M0 38H100V62H0Z",
    "i": "M38 0H62V100H38Z",
    "t": "M0 38H100V62H86V96H58V62H0Z",
}

TONES: Mapping[str, int] = {"P": 0, "S": 1, "G": 2, "A": 3, "K": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The five tones in order of their number, and the ground they stand on."""

    tones: tuple[str, str, str, str, str]
    ground: str

    def shades(self) -> list[tuple[int, int, int]]:
        """The six colours, and the one half-way between each two of them."""
        plain = [ImageColor.getrgb(colour)[:3] for colour in (*self.tones, self.ground)]
        between = [((r + x) // 2, (g + y) // 2, (b + z) // 2) for (r, g, b), (x, y, z) in combinations(plain, 2)]
        return plain + between


LIGHT = Palette(tones=("#FFFFFF", "#0B5B4D", "#F7BE3B", "#BBD0C7", "#14211D"), ground="#EAF0EC")
DARK = Palette(tones=("#101816", "#4FA590", "#EDB331", "#33473F", "#DCE6E1"), ground="#1D2A26")

# 6 x 4 cells: the picture of an issue or an article.
SCENES: Mapping[str, str] = {
    # half a disc has slipped down and turned gold: the title picture of the whole publication
    "question": """
        dA .. cS .. oK ..
        aA .. bS dG .. cA
        .. oS .. aG .. bA
        hA .. cK dK .. sS""",
    # three rows of a theatre, one seat taken
    "seats": """
        oA oA oA oK oA oA
        uS uS uS uG uS uS
        qA .. qA .. qA ..
        cA dA cA dA cA dA""",
    # steps up to a gold disc
    "ladder": """
        .. .. .. .. .. oG
        .. .. .. .. cS sS
        .. .. cA sA sS sS
        cK sK sA sA sS sS""",
    # two speech shapes, one leaning in
    "listen": """
        cA dA .. .. cS dS
        bA sA dG .. sS aS
        .. bA aG .. oK ..
        hA .. .. cS dS ..""",
    # sheets of writing on a desk, one turned
    "pages": """
        sA sA .. dS .. oK
        hK sA .. aS dG ..
        sA hS .. cA aG ..
        sA sA .. bA .. sS""",
    # a month of days, one chosen, a weekend rounded off
    "calendar": """
        hK .. .. oA oA oA
        oA oA oA oA oA oA
        oA oA oG oA cS dS
        oA oA oA oA bS aS""",
    # a door stands open and somebody has just gone through it
    "door": """
        .. .. cS dG .. ..
        hA .. sS sG .. ..
        .. .. sS+kP sG .. oK
        sA sA sS sG dA uK""",
    # a long table with people on both sides and one sheet of paper on it
    "table": """
        .. oA oA oA oK ..
        cS sS sS sS sS dS
        bS sS sG+hK sS sS aS
        .. oA oK oA oA ..""",
    # a balance: work in one pan, its price in the other
    "scales": """
        oK oS .. .. .. oA
        uK uS .. .. cG dG
        lK lK cS+lK dS+lK lK lK
        hA .. sS sS .. ..""",
    # a bridge over the missing piece of a road
    "bridge": """
        .. oK .. .. .. ..
        .. uK .. .. oA ..
        sS sS cG dG sS sS
        sS aS .. .. bS sS""",
    # a clock with one quarter taken out and kept
    "clock": """
        c2S .. d2S .. .. oA
        .. .. .. .. .. uA
        b2S .. .. a2G .. ..
        .. .. .. .. .. hK""",
    # a tree with one gold leaf, and its roots
    "tree": """
        .. cS dS .. cA dA
        cA sS aS dG sA aA
        bA aA iK aG oS ..
        .. cK sK dK .. hA""",
    # two people face to face, a question between them
    "mirror": """
        d2S .. .. .. c2A ..
        .. kP o2G .. kP ..
        a2S .. .. .. b2A ..
        .. .. hK .. .. ..""",
    # a lamp over a row of heads
    "lamp": """
        .. .. cK dK .. ..
        .. c2G .. d2G .. ..
        oA .. .. .. .. oA
        uS uS uS uK uS uS""",
    # two houses, one window lit
    "windows": """
        .. cS dS .. .. oA
        .. sS+wA sS+wA sA sA dA
        cK sS+wA sS+wG sA+wP sA+wP sA
        sK sS+wA sS+wA sA+wP sA+wP sA""",
    # a letter comes out of its envelope
    "letter": """
        .. .. sP+hK sP .. oS
        .. s2A+b2S .. s2A+a2S .. ..
        hK .. qG .. .. ..
        .. sA sA sA sA ..""",
    # a key on its way to a row of boxes
    "key": """
        hA .. .. .. sA+kP sS+kP
        cG dG t2G .. sS+kP sA+kP
        bG aG+zP .. .. sA+kP sS+kP
        .. oK .. .. sS+kP sA+kP""",
    # a stack of work with one block pulled out
    "load": """
        .. sA sS sA .. oK
        .. sS sA sS .. ..
        .. sA sS .. sG ..
        cK sK sK sK dK hA""",
    # a line that dips and comes up again
    "wave": """
        qK .. .. .. .. ..
        cS dS .. .. cG dG
        .. .. bS aS .. ..
        hA .. .. .. oA oA""",
    # the five days of a working week, one of which the visitor sees
    "week": """
        .. .. .. uS .. ..
        .. uA .. sS .. ..
        uS sA uG sS uA oK
        sS sA sG sS sA uK""",
    # the sun goes down over a harbour; nobody is in a hurry
    "evening": """
        .. .. c2G .. d2G ..
        oK .. .. .. .. ..
        uK mS mS mS mS mS
        sS dS mA mA mA mA""",
}

# 2 x 2 cells: the doors to the three public segments, and the editors.
SEATS: Mapping[str, str] = {
    "managers": "qK .. | cS dG",
    "sellers": "cS dG | bS aG",
    "jobseekers": ".. cG | cS sS",
}
PORTRAITS: Mapping[str, str] = {
    "mara": "qK .. | cS dA",
    "tomas": "qS .. | cK dA",
    "ines": "qG .. | cS dS",
    "hanne": "qA .. | cS dK",
}

MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"{svg}>'
    '<path {left} d="M19 2a14 14 0 0 0 0 28z"/><path {right} d="M21 10a14 14 0 0 1 0 28z"/></svg>\n'
)
TILE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 48 48">'
    '<rect x="-4" y="-4" width="48" height="48" rx="7" fill="{tile}"/>{discs}</svg>\n'
)

GLYPH = re.compile(r"(?P<shape>[a-z])(?P<size>\d?)(?P<tone>[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One shape at its place: ``x`` and ``y`` in cells from the top left, ``size`` in cells."""

    x: int
    y: int
    shape: str
    size: int
    tone: int

    def path(self, palette: Palette | None) -> str:
        """An SVG path; with a class for its tone, or with a fixed colour if a palette is given."""
        if palette is None:
            paint = f'class="a{self.tone}"'
        else:  # the hair of stroke in the same tone closes the seam between neighbours
            colour = palette.tones[self.tone]
            paint = f'fill="{colour}" stroke="{colour}"'
        scale = f" scale({self.size})" if self.size > 1 else ""
        place = f"translate({self.x * CELL} {self.y * CELL}){scale}"
        return f'<path {paint} transform="{place}" d="{SHAPES[self.shape]}"/>'


def rows(picture: str) -> list[list[str]]:
    """Split the text of a picture into rows of cells."""
    return [row.split() for row in re.split(r"[|\n]", picture) if row.strip()]


def glyphs(picture: str) -> Iterator[Glyph]:
    """Read the text of a picture, from the back to the front."""
    for y, row in enumerate(rows(picture)):
        for x, cell in enumerate(row):
            if cell == "..":
                continue
            for text in cell.split("+"):
                found = GLYPH.fullmatch(text)
                if found is None or found["shape"] not in SHAPES or found["tone"] not in TONES:
                    raise ValueError(f"{text!r} in row {y + 1}, cell {x + 1} is not a glyph such as 'cS' or 'c2S'")
                size = int(found["size"] or 1)
                yield Glyph(x=x, y=y, shape=found["shape"], size=size, tone=TONES[found["tone"]])


def svg(picture: str, palette: Palette | None = None) -> str:
    """Draw a picture as SVG: for a page without a palette, as a flat picture on its ground with one."""
    grid = rows(picture)
    if len({len(row) for row in grid}) != 1:
        raise ValueError(f"the rows of this picture differ in length:\n{picture}")
    width, height = CELL * len(grid[0]) + 2 * MARGIN, CELL * len(grid) + 2 * MARGIN
    ground = ""
    if palette is not None:
        ground = f'<rect x="-{MARGIN}" y="-{MARGIN}" width="{width}" height="{height}" fill="{palette.ground}"/>'
    paths = "".join(glyph.path(palette) for glyph in glyphs(picture))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{MARGIN} -{MARGIN} {width} {height}" '
        f'aria-hidden="true" focusable="false">{ground}{paths}</svg>\n'
    )


def png(source: str, width: int, palette: Palette | None = None) -> bytes:
    """Turn an SVG into a PNG of so many pixels across.

    With a palette, only its colours and those half-way between two of them (the rims of the curves) are kept,
    which makes a picture of 1200 pixels some 10 kilobytes.
    """
    large: bytes = cairosvg.svg2png(source.encode(), output_width=width)
    out = io.BytesIO()
    with Image.open(io.BytesIO(large)) as image:
        if palette is None:
            image.save(out, "PNG", optimize=True)
        else:
            few = Image.new("P", (1, 1))
            few.putpalette(list(chain.from_iterable(palette.shades())))
            flat = image.convert("RGB").quantize(palette=few, dither=Image.Dither.NONE)
            flat.save(out, "PNG", optimize=True)
    return out.getvalue()


def draw(name: str, picture: str, *, images: Path | None, width: int) -> None:
    """Write one picture: its SVG for pages and, if ``images`` is given, its two PNGs."""
    (ART / f"{name}.svg").write_text(svg(picture))
    if images is None:
        return
    images.mkdir(parents=True, exist_ok=True)
    for tail, palette in (("", LIGHT), ("-dark", DARK)):
        (images / f"{name}{tail}.png").write_bytes(png(svg(picture, palette), width, palette))


def draw_mark() -> None:
    """Write the mark: for pages, for the browser's tab and for mail."""
    page = MARK.format(svg=' class="mark" aria-hidden="true" focusable="false"', left='class="a1"', right='class="a2"')
    spruce, gold = LIGHT.tones[TONES["S"]], LIGHT.tones[TONES["G"]]
    flat = MARK.format(svg="", left=f'fill="{spruce}"', right=f'fill="{gold}"')
    (CONTENT / "assets").mkdir(parents=True, exist_ok=True)
    (ART / "mark.svg").write_text(page)
    (CONTENT / "assets" / "favicon.svg").write_text(flat)
    # In mail it stands on a tile of its own: programs that turn colours turn no pictures, and would show it on black.
    for tail, palette, tile in (("", LIGHT, "#FFFFFF"), ("-dark", DARK, "#17211E")):
        left, right = (palette.tones[TONES[tone]] for tone in "SG")
        discs = MARK.format(svg="", left=f'fill="{left}"', right=f'fill="{right}"')
        whole = TILE.format(tile=tile, discs=discs[discs.index("<path") : discs.index("</svg>")])
        (CONTENT / "images" / f"mark{tail}.png").write_bytes(png(whole, MARK_WIDTH))


def main() -> None:
    """Draw everything."""
    images = CONTENT / "images"
    for name, picture in SCENES.items():
        draw(name, picture, images=images, width=SCENE_WIDTH)
    for name, picture in SEATS.items():
        draw(name, picture, images=None, width=TILE_WIDTH)
    for name, picture in PORTRAITS.items():
        draw(name, picture, images=images / "authors", width=TILE_WIDTH)
    draw_mark()


if __name__ == "__main__":
    main()
