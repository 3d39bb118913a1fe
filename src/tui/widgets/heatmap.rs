//! A grid of numbers, shaded by value. The numbers stay readable, and all of it holds without colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatCell {
    /// The number.
    pub text: String,
    /// What stands behind or below it, such as how many runs it is the mean of.
    pub note: String,
    /// Where the value lies between the lowest, 0, and the highest, 1; `None` for an empty cell.
    pub shade: Option<f64>,
    /// Whether it is the best of its row.
    pub best: bool,
}

/// Looks of the grid.
#[derive(Clone, Debug)]
pub struct HeatStyle {
    /// Heads of rows and columns.
    pub head: Style,
    /// Cells without a shade.
    pub plain: Style,
    /// Backgrounds from low to high; empty where there is no colour.
    pub ramp: Vec<Color>,
    /// Marks the best cell of a row.
    pub best: &'static str,
    /// Stands in empty cells.
    pub none: &'static str,
}

/// The grid.
#[derive(Clone, Debug)]
pub struct HeatMap<'a> {
    /// What stands in the corner: rows and columns in words.
    pub corner: &'a str,
    /// Heads of the columns.
    pub columns: &'a [String],
    /// Heads of the rows, and their cells.
    pub rows: &'a [(String, Vec<HeatCell>)],
    /// Row and column of the cell that the user is on; it is always in view.
    pub cursor: (usize, usize),
    /// Looks.
    pub style: HeatStyle,
}

/// Where things are, so that a click finds its cell.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatLayout {
    /// Columns in view: their number and where they stand.
    pub columns: Vec<(usize, u16, u16)>,
    /// The first row in view and how many are.
    pub first_row: usize,
    /// Number of rows in view.
    pub rows: usize,
    /// Lines per row.
    pub row_height: u16,
    /// Width of the row heads.
    pub head: u16,
    /// Screen line of the first row.
    pub top: u16,
}

impl HeatLayout {
    /// The cell at a place on the screen.
    pub fn cell(&self, x: u16, y: u16) -> Option<(usize, usize)> {
        let line = y.checked_sub(self.top)?;
        let row = usize::from(line / self.row_height);
        let column = self
            .columns
            .iter()
            .find(|(_, at, width)| (*at..at + width).contains(&x))?
            .0;
        (row < self.rows).then_some((self.first_row + row, column))
    }
}

impl HeatMap<'_> {
    /// Where everything goes in `area`.
    pub fn layout(&self, area: Rect) -> HeatLayout {
        let heads = self
            .rows
            .iter()
            .map(|r| r.0.width())
            .chain([self.corner.width()]);
        let head = heads.max().unwrap_or(0).min(usize::from(area.width / 3)) as u16 + 1;
        let below = area.height.saturating_sub(1);
        let tall = self.rows.len() * 2 <= usize::from(below);
        let row_height = if tall { 2 } else { 1 };
        let rows = usize::from(below / row_height).min(self.rows.len());
        let first_row = self.cursor.0.saturating_sub(rows.saturating_sub(1));
        let widths: Vec<u16> = (0..self.columns.len())
            .map(|c| self.width(c, tall))
            .collect();
        let room = area.width.saturating_sub(head);
        let mut first = self.cursor.1.min(widths.len().saturating_sub(1));
        let mut used = widths.get(first).copied().unwrap_or(0);
        // Go left from the cursor as far as there is room, so that it is always in view.
        while first > 0 && used + widths[first - 1] <= room {
            first -= 1;
            used += widths[first];
        }
        let mut columns = Vec::new();
        let mut x = area.x + head;
        for (index, width) in widths.iter().enumerate().skip(first) {
            let left = area.right().saturating_sub(x);
            if left < *width && !columns.is_empty() || left == 0 {
                break;
            }
            columns.push((index, x, (*width).min(left)));
            x += (*width).min(left);
        }
        HeatLayout {
            columns,
            first_row,
            rows,
            row_height,
            head,
            top: area.y + 1,
        }
    }

    /// Width of a column with room for the best mark and the cursor's brackets.
    fn width(&self, column: usize, tall: bool) -> u16 {
        let cells = self.rows.iter().filter_map(|r| r.1.get(column));
        let cells = cells.map(|c| {
            if tall {
                c.text.width().max(c.note.width())
            } else {
                one_line(c).width()
            }
        });
        let widest = cells
            .chain([self.columns[column].width()])
            .max()
            .unwrap_or(0);
        (widest.max(5) + 4).min(60) as u16
    }

    fn cell(&self, cell: &HeatCell, on: bool, area: Rect, buf: &mut Buffer) {
        let tall = area.height > 1;
        let mut style = match cell.shade {
            Some(shade) if !self.style.ramp.is_empty() => shaded(&self.style.ramp, shade),
            _ => self.style.plain,
        };
        if cell.best {
            style = style.add_modifier(Modifier::BOLD);
        }
        buf.set_style(area, style);
        let text = match cell.shade {
            None => self.style.none.to_owned(),
            Some(_) if tall => cell.text.clone(),
            Some(_) => one_line(cell),
        };
        let mark = if cell.best { self.style.best } else { " " };
        let (open, close) = if on { ("[", "]") } else { (" ", " ") };
        let style = if on {
            style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            style
        };
        let line = format!("{open}{mark}{text}{close}");
        buf.set_stringn(area.x, area.y, line, area.width.into(), style);
        if tall && cell.shade.is_some() {
            let note = format!("  {}", cell.note);
            let style = style.remove_modifier(Modifier::BOLD | Modifier::UNDERLINED);
            buf.set_stringn(area.x, area.y + 1, note, area.width.into(), style);
        }
    }
}

impl Widget for HeatMap<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 4 || area.height < 2 {
            return;
        }
        let layout = self.layout(area);
        let head = usize::from(layout.head.saturating_sub(1));
        buf.set_stringn(area.x, area.y, self.corner, head, self.style.head);
        for &(column, x, width) in &layout.columns {
            let text = format!("  {}", self.columns[column]);
            buf.set_stringn(x, area.y, text, width.into(), self.style.head);
        }
        for row in layout.first_row..layout.first_row + layout.rows {
            let Some((name, cells)) = self.rows.get(row) else {
                break;
            };
            let y = layout.top + (row - layout.first_row) as u16 * layout.row_height;
            buf.set_stringn(area.x, y, name, head, self.style.head);
            for &(column, x, width) in &layout.columns {
                let place = Rect::new(x, y, width, layout.row_height).intersection(area);
                if let Some(cell) = cells.get(column) {
                    self.cell(cell, self.cursor == (row, column), place, buf);
                }
            }
        }
        let hidden_left = layout.columns.first().is_some_and(|c| c.0 > 0);
        let hidden_right = layout
            .columns
            .last()
            .is_some_and(|c| c.0 + 1 < self.columns.len());
        if hidden_left && layout.head > 0 {
            buf.set_string(area.x + layout.head - 1, area.y, "<", self.style.head);
        }
        if hidden_right {
            buf.set_string(area.right() - 1, area.y, ">", self.style.head);
        }
    }
}

fn one_line(cell: &HeatCell) -> String {
    if cell.note.is_empty() {
        cell.text.clone()
    } else {
        format!("{} {}", cell.text, cell.note)
    }
}

/// The ramp's colour behind text that stands out from it.
pub fn shaded(ramp: &[Color], shade: f64) -> Style {
    let last = ramp.len() - 1;
    let index = (shade.clamp(0.0, 1.0) * last as f64).round() as usize;
    let back = ramp[index.min(last)];
    let light = luminance(back).unwrap_or(index as f64 / last.max(1) as f64) > 0.36;
    Style::new()
        .bg(back)
        .fg(if light { Color::Black } else { Color::White })
}

/// Rough luminance, 0–1, of a colour whose parts are known.
fn luminance(color: Color) -> Option<f64> {
    let (r, g, b) = match color {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(i @ 16..=231) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let i = i - 16;
            (level(i / 36), level(i / 6 % 6), level(i % 6))
        }
        Color::Indexed(i @ 232..) => {
            let grey = 8 + 10 * (i - 232);
            (grey, grey, grey)
        }
        Color::Black => (0, 0, 0),
        Color::Blue => (0, 0, 200),
        Color::Magenta => (180, 0, 180),
        Color::Red => (190, 0, 0),
        Color::DarkGray => (100, 100, 100),
        Color::Green | Color::Cyan | Color::Yellow | Color::Gray => (170, 190, 150),
        Color::White | Color::LightYellow | Color::LightCyan | Color::LightGreen => (240, 240, 240),
        _ => return None,
    };
    let part = |v: u8| (f64::from(v) / 255.0).powf(2.2);
    Some((0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)).powf(1.0 / 2.2)).map(|v| v * v)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn style(ramp: Vec<Color>) -> HeatStyle {
        HeatStyle {
            head: Style::new(),
            plain: Style::new(),
            ramp,
            best: "*",
            none: "-",
        }
    }

    fn rows(n: usize, columns: usize) -> Vec<(String, Vec<HeatCell>)> {
        let cell = |c: usize| HeatCell {
            text: format!("{c}1.5 ±0.4"),
            note: "n 3".into(),
            shade: Some(c as f64 / columns as f64),
            best: c == 2,
        };
        (0..n)
            .map(|r| (format!("0.{r}"), (0..columns).map(cell).collect()))
            .collect()
    }

    fn draw(map: HeatMap, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        map.render(area, &mut buf);
        buf
    }

    fn text(buf: &Buffer) -> String {
        buf.content.iter().map(|c| c.symbol()).collect()
    }

    #[test]
    fn best_and_cursor_show_without_colour() {
        let (rows, columns) = (
            rows(3, 4),
            ["fp32", "w4a4", "w3a3", "w2a2"].map(String::from),
        );
        let map = HeatMap {
            corner: "noise",
            columns: &columns,
            rows: &rows,
            cursor: (1, 1),
            style: style(vec![]),
        };
        let buf = draw(map, 70, 10);
        let text = text(&buf);
        assert_eq!(text.matches('*').count(), 3);
        assert!(text.contains("[ 11.5 ±0.4]") && text.contains("n 3"));
        assert!(buf.content.iter().all(|c| c.bg == Color::Reset));
    }

    #[test]
    fn the_cursor_is_always_in_view() {
        let columns: Vec<String> = (0..30).map(|c| format!("c{c}")).collect();
        let rows = rows(40, 30);
        for cursor in [(0, 0), (39, 29), (20, 15)] {
            let map = HeatMap {
                corner: "",
                columns: &columns,
                rows: &rows,
                cursor,
                style: style(vec![]),
            };
            let layout = map.layout(Rect::new(0, 0, 60, 12));
            assert!(layout.columns.iter().any(|c| c.0 == cursor.1));
            assert!((layout.first_row..layout.first_row + layout.rows).contains(&cursor.0));
            assert!(text(&draw(map, 60, 12)).contains('['));
        }
    }

    #[test]
    fn a_click_finds_its_cell() {
        let (rows, columns) = (rows(3, 2), ["fp32", "w4a4"].map(String::from));
        let map = HeatMap {
            corner: "n",
            columns: &columns,
            rows: &rows,
            cursor: (0, 0),
            style: style(vec![]),
        };
        let layout = map.layout(Rect::new(0, 0, 60, 10));
        let (_, x, _) = layout.columns[1];
        assert_eq!(layout.cell(x, 1), Some((0, 1)));
        assert_eq!(layout.cell(x, 4), Some((1, 1)));
        assert_eq!(layout.cell(0, 1), None);
        assert_eq!(layout.cell(x, 9), None);
    }

    #[test]
    fn text_stands_out_from_every_shade() {
        let ramp = vec![
            Color::Rgb(10, 10, 40),
            Color::Rgb(120, 120, 120),
            Color::Rgb(250, 230, 40),
        ];
        assert_eq!(shaded(&ramp, 0.0).fg, Some(Color::White));
        assert_eq!(shaded(&ramp, 1.0).fg, Some(Color::Black));
        assert_eq!(shaded(&ramp, f64::NAN).bg, Some(ramp[0]));
    }

    #[test]
    fn no_size_panics() {
        let columns: Vec<String> = (0..5).map(|c| format!("column {c}")).collect();
        let rows = rows(9, 5);
        for width in 0..30 {
            for height in 0..8 {
                let map = HeatMap {
                    corner: "corner",
                    columns: &columns,
                    rows: &rows,
                    cursor: (8, 4),
                    style: style(vec![Color::Red]),
                };
                draw(map, width, height);
                let map = HeatMap {
                    corner: "",
                    columns: &[],
                    rows: &[],
                    cursor: (0, 0),
                    style: style(vec![]),
                };
                draw(map, width, height);
            }
        }
    }
}
