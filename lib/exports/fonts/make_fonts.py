"""Makes the fonts of reports, and two signs for the pages: `python lib/exports/fonts/make_fonts.py` (fonttools 4 and brotli), from
the site's variable font.

A PDF takes static fonts alone. Latin letters in one file, figures of one width, without layout tables: a letter is as wide as it
is. The site's font has neither ² nor µ, which every report and page needs: they are drawn of its 2 and its u.
"""

import base64
import io
import pathlib

from fontTools.merge import Merger
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FILES = "node_modules/@fontsource-variable/instrument-sans/files/instrument-sans-{}-wght-normal.woff2"
OUT = pathlib.Path(__file__).parent / "instrument-sans.ts"
WEB_OUT = pathlib.Path("app/_fonts/instrument-sans-signs.woff2")
RAISED = 0.6
DESCENT = -210


def join(weight: int) -> TTFont:
    parts = []
    for part in ("latin", "latin-ext"):
        font = TTFont(FILES.format(part))
        font.flavor = None
        instanced = instantiateVariableFont(font, {"wght": weight})
        parts.append(io.BytesIO())
        instanced.save(parts[-1])
        parts[-1].seek(0)
    return Merger().merge(parts)


def bounds(font: TTFont, name: str) -> tuple[float, float, float, float]:
    pen = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return pen.bounds


def add_sign(font: TTFont, letter: str, name: str, pen: TTGlyphPen, width: int) -> None:
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (width, 0)
    font["glyf"][name].recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, font["glyf"][name].xMin)
    for table in font["cmap"].tables:
        table.cmap[ord(letter)] = name


def add_signs(font: TTFont) -> None:
    names = font.getBestCmap()
    two, u, stem = names[ord("2")], names[ord("u")], names[ord("l")]
    top = bounds(font, names[ord("H")])[3]
    raised = TTGlyphPen(None)
    font.getGlyphSet()[two].draw(TransformPen(raised, (RAISED, 0, 0, RAISED, 0, top * (1 - RAISED))))
    micro = TTGlyphPen(None)
    font.getGlyphSet()[u].draw(micro)
    left = bounds(font, u)[0]
    right = left + bounds(font, stem)[2] - bounds(font, stem)[0]
    high = bounds(font, u)[3] / 2
    # Clockwise, as the outer contours of this format run.
    for n, (x, y) in enumerate(((left, DESCENT), (left, high), (right, high), (right, DESCENT))):
        (micro.lineTo if n else micro.moveTo)((round(x), round(y)))
    micro.closePath()
    add_sign(font, "²", "twosuperior", raised, round(RAISED * font["hmtx"][two][0]))
    add_sign(font, "µ", "micro", micro, font["hmtx"][u][0])


def make(style: str, weight: int) -> bytes:
    font = join(weight)
    tabular = {}
    for feature in font["GSUB"].table.FeatureList.FeatureRecord:
        if feature.FeatureTag == "tnum":
            for index in feature.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    tabular.update(table.mapping)
    for table in font["cmap"].tables:
        table.cmap = {code: tabular.get(name, name) for code, name in table.cmap.items()}
    add_signs(font)
    for name_id, text in ((2, style), (4, f"Instrument Sans {style}"), (6, f"InstrumentSans-{style}")):
        font["name"].setName(text, name_id, 3, 1, 0x409)
    options = Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(font.getBestCmap()))
    subsetter.subset(font)
    saved = io.BytesIO()
    font.save(saved)
    return saved.getvalue()


def make_web() -> None:
    """The two signs for the pages: of parts, which follow the weight as the letters do."""
    font = TTFont(FILES.format("latin"))
    names = font.getBestCmap()
    two, u, stem = names[ord("2")], names[ord("u")], names[ord("l")]
    top = bounds(font, names[ord("H")])[3]
    raised = TTGlyphPen(font.getGlyphSet())
    raised.addComponent(two, (RAISED, 0, 0, RAISED, 0, round(top * (1 - RAISED))))
    micro = TTGlyphPen(font.getGlyphSet())
    micro.addComponent(u, (1, 0, 0, 1, 0, 0))
    left, _, _, high = bounds(font, u)
    stem_left, _, _, stem_top = bounds(font, stem)
    scale = (high / 2 - DESCENT) / stem_top
    micro.addComponent(stem, (1, 0, 0, scale, round(left - stem_left), DESCENT))
    add_sign(font, "²", "twosuperior", raised, round(RAISED * font["hmtx"][two][0]))
    add_sign(font, "µ", "micro", micro, font["hmtx"][u][0])
    # The widths of the parts are in `gvar` too; this table knows no other letters.
    del font["HVAR"]
    for name in ("twosuperior", "micro"):
        font["gvar"].variations[name] = []
    subsetter = Subsetter(Options(layout_features=[], flavor="woff2", name_IDs=[0, 1, 2, 4, 6, 13, 14]))
    subsetter.populate(unicodes=[ord("²"), ord("µ")])
    subsetter.subset(font)
    font.flavor = "woff2"
    WEB_OUT.parent.mkdir(exist_ok=True)
    font.save(WEB_OUT)


if __name__ == "__main__":
    make_web()
    lines = ["// Made by make_fonts.py: Instrument Sans (SIL Open Font License, OFL.txt) as TrueType, in base64."]
    for style, weight in (("Regular", 400), ("Bold", 650)):
        text = base64.b64encode(make(style, weight)).decode()
        lines += ["", f"export const {style.upper()} =", f"  '{text}';"]
    OUT.write_text("\n".join(lines) + "\n")
