//! A table of which only the rows in view are drawn, however many there are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Its head, with the sign of the sorting where it is the sorted one.
    pub title: String,
    /// Width of its widest text, head included.
    pub width: u16,
    /// Whether its texts stand at the right, as numbers do.
    pub right: bool,
}

/// One row as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableRow {
    /// What stands before the columns: marks and signs of folding.
    pub lead: String,
    /// A text per column.
    pub cells: Vec<String>,
    /// Looks of the row.
    pub style: Style,
    /// Looks of single columns, over those of the row.
    pub accents: Vec<(usize, Style)>,
}

/// Looks of the table.
#[derive(Clone, Debug)]
pub struct TableStyle {
    /// The heads.
    pub head: Style,
    /// The head of the column that the user is on.
    pub head_on: Style,
    /// The row that the user is on.
    pub cursor: Style,
    /// Stands before the row that the user is on.
    pub pointer: &'static str,
}

/// The table. `row` is asked only for the rows in view.
pub struct VirtualTable<'a, F: Fn(usize) -> TableRow> {
    /// The columns, all of them.
    pub columns: &'a [TableColumn],
    /// The column that the user is on; it is always in view.
    pub column: usize,
    /// Number of rows.
    pub rows: usize,
    /// The row that the user is on; it is always in view.
    pub cursor: usize,
    /// Width of what stands before the columns.
    pub lead: u16,
    /// Makes the row of this number.
    pub row: F,
    /// Looks.
    pub style: TableStyle,
}

/// Where things are, so that a click finds them.
#[derive(Clone, Debug, PartialEq)]
pub struct TableLayout {
    /// Columns in view: number, place and width.
    pub columns: Vec<(usize, u16, u16)>,
    /// The first row in view.
    pub first_row: usize,
    /// Number of rows in view.
    pub rows: usize,
    /// Screen line of the heads; rows follow below.
    pub top: u16,
}

/// Where everything goes in `area`. The first column stays in view while others scroll sideways.
pub fn layout(
    columns: &[TableColumn],
    column: usize,
    rows: usize,
    cursor: usize,
    lead: u16,
    area: Rect,
) -> TableLayout {
    let height = usize::from(area.height.saturating_sub(1));
    // The cursor sits in the middle of long tables: no state of scrolling is needed.
    let last_first = rows.saturating_sub(height);
    let first_row = cursor.saturating_sub(height / 2).min(last_first);
    let widths: Vec<u16> = columns.iter().map(|c| c.width.clamp(1, 60) + 1).collect();
    let mut x = area.x.saturating_add(lead);
    let mut shown = Vec::new();
    let mut push = |index: usize, x: &mut u16| {
        let left = area.right().saturating_sub(*x);
        let width = widths[index].min(left);
        let fits = width > 1 && (width == widths[index] || index == 0 || left >= 8);
        if fits {
            shown.push((index, *x, width));
            *x += width;
        }
        fits && width == widths[index]
    };
    if !columns.is_empty() && push(0, &mut x) {
        let column = column.min(columns.len() - 1);
        let room = area.right().saturating_sub(x);
        let mut first = column.max(1);
        let mut used = widths.get(first).copied().unwrap_or(0);
        while first > 1 && used + widths[first - 1] <= room {
            first -= 1;
            used += widths[first];
        }
        for index in first..columns.len() {
            if !push(index, &mut x) {
                break;
            }
        }
    }
    TableLayout {
        columns: shown,
        first_row,
        rows: height.min(rows - first_row.min(rows)),
        top: area.y,
    }
}

impl TableLayout {
    /// The row at a place on the screen.
    pub fn row(&self, y: u16) -> Option<usize> {
        let line = usize::from(y.checked_sub(self.top + 1)?);
        (line < self.rows).then_some(self.first_row + line)
    }

    /// The column whose head is at a place on the screen.
    pub fn head(&self, x: u16, y: u16) -> Option<usize> {
        let found = self
            .columns
            .iter()
            .find(|(_, at, width)| (*at..at + width).contains(&x));
        found.filter(|_| y == self.top).map(|c| c.0)
    }
}

impl<F: Fn(usize) -> TableRow> Widget for VirtualTable<'_, F> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 4 || area.height < 1 {
            return;
        }
        let layout = layout(
            self.columns,
            self.column,
            self.rows,
            self.cursor,
            self.lead,
            area,
        );
        for &(index, x, width) in &layout.columns {
            let column = &self.columns[index];
            let style = if index == self.column {
                self.style.head_on
            } else {
                self.style.head
            };
            put(
                buf,
                x,
                layout.top,
                width - 1,
                &column.title,
                column.right,
                style,
            );
        }
        if layout
            .columns
            .last()
            .is_some_and(|c| c.0 + 1 < self.columns.len())
        {
            buf.set_string(area.right() - 1, layout.top, ">", self.style.head);
        }
        for line in 0..layout.rows {
            let index = layout.first_row + line;
            let y = layout.top + 1 + line as u16;
            let row = (self.row)(index);
            let on = index == self.cursor;
            let style = if on {
                row.style.patch(self.style.cursor)
            } else {
                row.style
            };
            buf.set_style(Rect::new(area.x, y, area.width, 1), style);
            let pointer = if on { self.style.pointer } else { " " };
            let lead = format!("{pointer}{}", row.lead);
            buf.set_stringn(area.x, y, lead, self.lead.min(area.width).into(), style);
            for &(column, x, width) in &layout.columns {
                let Some(text) = row.cells.get(column) else {
                    continue;
                };
                let accent = row.accents.iter().find(|a| a.0 == column);
                let style = match accent {
                    // On the row of the cursor the accent's colours give way, its weight stays.
                    Some((_, a)) if on => style.add_modifier(a.add_modifier & Modifier::BOLD),
                    Some((_, a)) => style.patch(*a),
                    None => style,
                };
                put(
                    buf,
                    x,
                    y,
                    width - 1,
                    text,
                    self.columns[column].right,
                    style,
                );
            }
        }
    }
}

fn put(buf: &mut Buffer, x: u16, y: u16, width: u16, text: &str, right: bool, style: Style) {
    let used = (text.width() as u16).min(width);
    let x = if right { x + width - used } else { x };
    buf.set_stringn(x, y, text, width.into(), style);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn columns(n: usize) -> Vec<TableColumn> {
        (0..n)
            .map(|i| TableColumn {
                title: format!("column{i}"),
                width: 9,
                right: i > 0,
            })
            .collect()
    }

    fn style() -> TableStyle {
        let plain = Style::new();
        TableStyle {
            head: plain,
            head_on: plain,
            cursor: plain,
            pointer: ">",
        }
    }

    #[test]
    fn only_rows_in_view_are_made() {
        let made = Cell::new(0);
        let area = Rect::new(0, 0, 80, 24);
        let mut buf = Buffer::empty(area);
        let table = VirtualTable {
            columns: &columns(4),
            column: 0,
            rows: 100_000,
            cursor: 50_000,
            lead: 3,
            row: |i| {
                made.set(made.get() + 1);
                TableRow {
                    cells: vec![format!("r{i}")],
                    ..TableRow::default()
                }
            },
            style: style(),
        };
        table.render(area, &mut buf);
        assert_eq!(made.get(), 23);
        let text: String = buf.content.iter().map(|c| c.symbol()).collect();
        assert!(text.contains("r50000"));
    }

    #[test]
    fn cursor_row_and_column_are_always_in_view() {
        for (row, column) in [(0, 0), (5, 3), (99, 19), (50, 10)] {
            let layout = layout(&columns(20), column, 100, row, 3, Rect::new(0, 0, 50, 12));
            assert!((layout.first_row..layout.first_row + layout.rows).contains(&row));
            assert!(
                layout.columns.iter().any(|c| c.0 == column),
                "{column}: {layout:?}"
            );
            assert_eq!(layout.columns[0].0, 0);
        }
    }

    #[test]
    fn clicks_find_rows_and_heads() {
        let layout = layout(&columns(3), 0, 5, 0, 3, Rect::new(0, 2, 60, 10));
        assert_eq!(layout.row(3), Some(0));
        assert_eq!(layout.row(7), Some(4));
        assert_eq!(layout.row(8), None);
        assert_eq!(layout.row(2), None);
        assert_eq!(layout.head(4, 2), Some(0));
        assert_eq!(layout.head(14, 2), Some(1));
    }

    #[test]
    fn no_size_panics() {
        for width in 0..40 {
            for height in 0..6 {
                for rows in [0, 1, 50] {
                    let area = Rect::new(0, 0, width, height);
                    let mut buf = Buffer::empty(area);
                    let row = |_| TableRow {
                        cells: vec!["text".into(); 6],
                        ..TableRow::default()
                    };
                    let columns = columns(6);
                    let table = VirtualTable {
                        columns: &columns,
                        column: 5,
                        rows,
                        cursor: rows.saturating_sub(1),
                        lead: 3,
                        row,
                        style: style(),
                    };
                    table.render(area, &mut buf);
                }
            }
        }
    }
}
