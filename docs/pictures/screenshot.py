#!/usr/bin/env python3
"""Draws a terminal screen as SVG.

Reads the screen as `tmux capture-pane -e -p` prints it, lines of text with SGR sequences, on
standard input, and writes the picture to standard output. Needs nothing but Python; `make.sh`
makes the pictures of this folder with it.
"""

import re
import sys
import unicodedata
from html import escape

CELL_W, CELL_H, PAD, FONT = 8.4, 18, 14, 14
FOREGROUND, BACKGROUND = "#d0d0d0", "#16181d"
ANSI = [
    "#1d1f21", "#cc6666", "#8abe6f", "#e0b15e", "#6f9fd8", "#b18bd0", "#6fb9bd", "#c5c8c6",
    "#707880", "#e88080", "#a9d98c", "#f2cd7f", "#8fbcf0", "#cfaaeb", "#8fd7db", "#ffffff",
]
SGR = re.compile(r"\x1b\[([0-9;:]*)m")


def colour_256(n):
    if n < 16:
        return ANSI[n]
    if n < 232:
        level = lambda v: 0 if v == 0 else 55 + 40 * v
        n -= 16
        return "#%02x%02x%02x" % (level(n // 36), level(n // 6 % 6), level(n % 6))
    grey = 8 + 10 * (n - 232)
    return "#%02x%02x%02x" % (grey, grey, grey)


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.italic = self.underline = self.reverse = False

    def apply(self, parameters):
        numbers = [int(p) if p else 0 for p in re.split("[;:]", parameters)]
        while numbers:
            n = numbers.pop(0)
            if n == 0:
                self.reset()
            elif n in (1, 2, 3, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}[n], True)
            elif n == 22:
                self.bold = self.dim = False
            elif n in (23, 24, 27):
                setattr(self, {23: "italic", 24: "underline", 27: "reverse"}[n], False)
            elif n in (38, 48):
                name = "fg" if n == 38 else "bg"
                kind = numbers.pop(0)
                if kind == 2:
                    setattr(self, name, "#%02x%02x%02x" % tuple(numbers[:3]))
                    del numbers[:3]
                else:
                    setattr(self, name, colour_256(numbers.pop(0)))
            elif n == 39:
                self.fg = None
            elif n == 49:
                self.bg = None
            elif 30 <= n <= 37 or 90 <= n <= 97:
                self.fg = ANSI[n - 30 if n < 40 else n - 82]
            elif 40 <= n <= 47 or 100 <= n <= 107:
                self.bg = ANSI[n - 40 if n < 50 else n - 92]

    def frozen(self):
        fg, bg = self.fg or FOREGROUND, self.bg or BACKGROUND
        if self.reverse:
            fg, bg = bg, fg
        return fg, bg, self.bold, self.dim, self.italic, self.underline


def width(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text):
    """Rows of (column, character, style)."""
    style, rows = Style(), []
    for line in text.rstrip("\n").split("\n"):
        row, column, at = [], 0, 0
        while at < len(line):
            if match := SGR.match(line, at):
                style.apply(match[1])
                at = match.end()
                continue
            row.append((column, line[at], style.frozen()))
            column += width(line[at])
            at += 1
        rows.append(row)
    return rows


def is_braille(char):
    return 0x2800 <= ord(char) <= 0x28FF


def dots(char, x, y):
    """Centres of the dots of a braille character in a cell with this corner."""
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    for bit, (i, j) in enumerate(places):
        if ord(char) >> bit & 1:
            yield x + CELL_W * (0.25 + 0.5 * i), y + CELL_H * (0.125 + 0.25 * j)


def runs(row):
    """Neighbouring cells of one style as (column, text, style); wide text and braille stand apart."""
    out = []
    for column, char, style in row:
        if (
            out
            and out[-1][2] == style
            and out[-1][0] + len(out[-1][1]) == column
            and is_braille(out[-1][1][-1]) == is_braille(char)
        ):
            out[-1][1] += char
        else:
            out.append([column, char, style])
    return out


def svg(rows):
    columns = max(c + width(ch) for row in rows for c, ch, _ in row)
    w, h = columns * CELL_W + 2 * PAD, len(rows) * CELL_H + 2 * PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" font-size="{FONT}"'
        ' font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace">',
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
    ]
    for y, row in enumerate(rows):
        top = PAD + y * CELL_H
        for column, text, (fg, bg, bold, dim, italic, underline) in runs(row):
            x, length = PAD + column * CELL_W, len(text) * CELL_W
            if bg != BACKGROUND:
                out.append(
                    f'<rect x="{x:.1f}" y="{top}" width="{length + 0.2:.1f}" height="{CELL_H}" fill="{bg}"/>'
                )
            if not text.strip():
                continue
            if all(is_braille(ch) or ch == " " for ch in text):
                # Few fonts have braille at the width of a cell: its dots are drawn.
                out.extend(
                    f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="1.2" fill="{fg}"/>'
                    for i, ch in enumerate(text) if ch != " "
                    for cx, cy in dots(ch, x + i * CELL_W, top)
                )
                continue
            look = ' font-weight="bold"' * bold + ' opacity="0.6"' * dim
            look += ' font-style="italic"' * italic + ' text-decoration="underline"' * underline
            out.append(
                f'<text x="{x:.1f}" y="{top + 14}" textLength="{length:.1f}" fill="{fg}"{look}'
                f' xml:space="preserve">{escape(text)}</text>'
            )
    out.append("</svg>")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(svg(cells(sys.stdin.read())))
