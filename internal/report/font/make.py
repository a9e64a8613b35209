#!/usr/bin/env python3
"""Makes wqy-microhei-reduced.ttf out of Debian's wqy-microhei.ttc (README.md).

    python3 make.py /usr/share/fonts/truetype/wqy/wqy-microhei.ttc wqy-microhei-reduced.ttf

It needs fontTools 4.38. The font comes with blank glyphs for some letters, those of pinyin's
third tone (ǎ ǐ ǒ ǔ ǚ) among them, and lacks some others: each that is a letter with one mark is
put together of glyphs that it has. What stays blank is taken out, so that a program can
tell that it is not there.
"""
import sys
import unicodedata

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent

KEPT = ("0020-024F,02C6-02DD,0370-04FF,1E00-1EFF,2000-206F,20A0-20BF,2100-22FF,2460-2473,25A0-263F,2713,2717,"
        "3000-30FF,4E00-9FFF,FF00-FFEF")
MARKS = {  # combining mark: the one that stands alone
    0x300: 0x60, 0x301: 0xB4, 0x302: 0x2C6, 0x303: 0x2DC, 0x304: 0x2C9, 0x306: 0x2D8, 0x307: 0x2D9, 0x308: 0xA8,
    0x30A: 0x2DA, 0x30B: 0x2DD, 0x30C: 0x2C7, 0x327: 0xB8, 0x328: 0x2DB,
}
X_HEIGHT = 1118  # above it the marks are drawn

font = TTFont(sys.argv[1], fontNumber=0)
names, glyf, width = font.getBestCmap(), font["glyf"], font["hmtx"]


def blank(c):
    return c not in names or glyf[names[c]].numberOfContours == 0


def compose(c):
    parts = unicodedata.normalize("NFD", chr(c))
    base = unicodedata.normalize("NFC", parts[:-1])
    mark = MARKS.get(ord(parts[-1]))
    if len(parts) < 2 or len(base) != 1 or mark is None or blank(mark):
        return
    base = {"i": "ı"}.get(base, base) if parts[-1] not in "\u0327\u0328" else base
    if blank(ord(base)):
        compose(ord(base))
    if blank(ord(base)):
        return
    b, m = names[ord(base)], names[mark]
    for g in (b, m):
        glyf[g].recalcBounds(glyf)
    x = (glyf[b].xMin + glyf[b].xMax - glyf[m].xMin - glyf[m].xMax) // 2
    y = 0 if parts[-1] in "\u0327\u0328" else max(0, glyf[b].yMax - X_HEIGHT)
    glyph = Glyph()
    glyph.numberOfContours = -1
    glyph.components = []
    for name, dx, dy in ((b, 0, 0), (m, x, y)):
        part = GlyphComponent()
        part.glyphName, part.x, part.y, part.flags = name, dx, dy, 0x4 | 0x2
        glyph.components.append(part)
    name = "uni%04X" % c
    if name not in glyf.glyphs:
        font.setGlyphOrder(font.getGlyphOrder() + [name])
    glyf[name] = glyph
    glyph.recalcBounds(glyf)
    width[name] = (width[b][0], glyph.xMin)
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            table.cmap[c] = name
    names[c] = name
    done.append(chr(c))


done = []
for c in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
    if blank(c) or c == 0x1D6:  # its ǖ is the stroke alone
        compose(c)
gone = []
for c in list(names):
    if blank(c) and unicodedata.category(chr(c)) not in ("Zs", "Cf", "Cc"):
        gone.append("U+%04X" % c)
        for table in font["cmap"].tables:
            if table.isUnicode() and table.format != 14:
                table.cmap.pop(c, None)
for table in ("vhea", "vmtx", "GSUB", "GPOS", "GDEF", "FFTM"):
    if table in font:
        del font[table]
options = subset.Options(hinting=False, layout_features=[], name_IDs=["*"], recalc_timestamp=False)
s = subset.Subsetter(options)
s.populate(unicodes=subset.parse_unicodes(KEPT))
s.subset(font)
font.recalcTimestamp = False
font.save(sys.argv[2])
print("put together:", *done)
print("taken out:", *gone)
