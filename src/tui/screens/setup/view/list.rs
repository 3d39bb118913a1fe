//! A list over the form.

use super::super::edit::List;
use crate::tui::text::cut;
use crate::tui::theme::Theme;
use crate::tui::view::panel::panel;
use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

fn place(list: &List, area: Rect) -> Rect {
    let name = list.choices.iter().map(|c| c.name.width()).max();
    let help = list.choices.iter().map(|c| c.help.width()).max();
    let wanted = name.unwrap_or(0) + help.unwrap_or(0) + 12;
    let width = (wanted.max(list.title.width() + 8).max(30) as u16).min(area.width);
    let height = (list.choices.len() as u16 + 3).min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

fn first(list: &List, height: usize) -> usize {
    let most = list.choices.len().saturating_sub(height);
    list.cursor.saturating_sub(height / 2).min(most)
}

fn room(place: Rect) -> Rect {
    let inner = place.inner(Margin::new(1, 1));
    Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

/// The entry at a place.
pub fn hit(list: &List, area: Rect, at: Position) -> Option<usize> {
    let room = room(place(list, area));
    let first = first(list, room.height.into());
    let index = first + usize::from(at.y.checked_sub(room.y)?);
    (room.contains(at) && index < list.choices.len()).then_some(index)
}

/// Draws the list.
pub fn draw(frame: &mut Frame, area: Rect, list: &List, theme: &Theme) {
    let look = &theme.look;
    let place = place(list, area);
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, look.text);
    panel(frame, place, &list.title, true, theme);
    let room = room(place);
    let first = first(list, room.height.into());
    let widest = list.choices.iter().map(|c| c.name.width()).max();
    let widest = widest.unwrap_or(0);
    for (y, index) in (room.y..room.bottom()).zip(first..list.choices.len()) {
        let choice = &list.choices[index];
        let row = Rect {
            y,
            height: 1,
            ..room
        };
        let on = index == list.cursor;
        if on {
            frame.buffer_mut().set_style(row, look.cursor);
        }
        let pointer = if on { look.signs.pointer } else { " " };
        let mut spans = vec![Span::styled(format!("{pointer} "), look.accent)];
        if let Some(chosen) = &list.chosen {
            let on = chosen.get(index).copied().unwrap_or(false);
            let style = if on { look.good } else { look.muted };
            spans.push(Span::styled(format!("{} ", theme.glyphs.tick(on)), style));
        }
        let name = crate::store::clean(&choice.name);
        let pad = " ".repeat(widest.saturating_sub(name.width()) + 2);
        let left = usize::from(row.width).saturating_sub(widest + 8);
        let help = cut(
            &crate::store::clean(&choice.help),
            left,
            theme.glyphs.ellipsis,
        );
        spans.push(Span::styled(name, look.text));
        spans.push(Span::styled(format!("{pad}{help}"), look.muted));
        frame.render_widget(Line::from(spans), row);
    }
    let keys = if list.chosen.is_some() {
        " space on/off   enter done"
    } else {
        " enter choose   esc close"
    };
    let foot = Rect {
        y: room.bottom(),
        height: 1,
        ..room
    };
    if place.height > 3 {
        frame.render_widget(Line::styled(keys, look.accent), foot);
    }
}
