//! The list to choose from, over everything else.

use crate::tui::screens::compare::click::Hit;
use crate::tui::screens::compare::look::Look;
use crate::tui::screens::compare::picker::{Choice, Picker};
use crate::tui::screens::compare::state::State;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

/// The frame of the list and the first item in view.
fn places(picker: &Picker, area: Rect) -> (Rect, Rect, usize) {
    let width = area.width.min(76);
    let height = area.height.min(picker.items.len() as u16 + 3);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let items = Rect {
        x: frame.x + width.min(1),
        y: frame.y + height.min(2),
        width: width.saturating_sub(2),
        height: height.saturating_sub(3),
    };
    let visible = usize::from(items.height);
    let last_first = picker.shown().len().saturating_sub(visible);
    (
        frame,
        items,
        picker.cursor.saturating_sub(visible / 2).min(last_first),
    )
}

pub(super) fn draw(frame: &mut Frame, area: Rect, picker: &Picker, state: &State, look: &Look) {
    let (outer, items, first) = places(picker, area);
    frame.render_widget(Clear, outer);
    let title = format!(" {} ", picker.choice.title());
    frame.render_widget(
        Block::bordered()
            .title(title)
            .border_style(look.accent)
            .style(look.text),
        outer,
    );
    if outer.height > 2 {
        let typed = if picker.text.is_empty() {
            Line::styled("type to narrow the list", look.muted)
        } else {
            Line::styled(format!("{}_", picker.text), look.accent)
        };
        let place = Rect {
            x: items.x,
            y: outer.y + 1,
            width: items.width,
            height: 1,
        };
        frame.render_widget(typed, place);
    }
    let shown = picker.shown();
    for (line, (index, item)) in shown.iter().enumerate().skip(first).enumerate() {
        if line as u16 >= items.height {
            break;
        }
        let on = index == picker.cursor;
        let sign = if on { look.signs.pointer } else { " " };
        let mark = match picker.choice {
            Choice::Columns if state.columns.iter().any(|c| c.name == item.name) => "[x] ",
            Choice::Columns => "[ ] ",
            _ => "",
        };
        let style = if on { look.cursor } else { look.text };
        let help = if on { look.cursor } else { look.muted };
        let row = Line::from(vec![
            Span::styled(format!("{sign}{mark}{:<20} ", item.name), style),
            Span::styled(item.help.clone(), help),
        ]);
        let place = Rect {
            y: items.y + line as u16,
            height: 1,
            ..items
        };
        frame.render_widget(row, place);
    }
}

pub(super) fn hit(picker: &Picker, area: Rect, at: Position) -> Hit {
    let (_, items, first) = places(picker, area);
    if !items.contains(at) {
        return Hit::Outside;
    }
    let index = first + usize::from(at.y - items.y);
    if index < picker.shown().len() {
        Hit::Item(index)
    } else {
        Hit::Outside
    }
}
