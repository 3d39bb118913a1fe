//! Questions and messages before the screen.

use super::panel::panel;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph, Wrap};

/// A place of this size in the middle.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Draws a box with a text and the keys that close it.
pub fn draw(frame: &mut Frame, title: &str, text: &str, keys: &str, theme: &Theme) {
    let area = frame.area();
    let width = area.width.saturating_sub(4).clamp(1, 64);
    let text = text.lines().map(crate::store::clean).map(Line::from);
    let body = Paragraph::new(text.collect::<Vec<_>>()).wrap(Wrap { trim: false });
    let lines = body.line_count(width.saturating_sub(4)) as u16;
    let place = centred(area, width, lines.saturating_add(4));
    frame.render_widget(Clear, place);
    let inner = panel(frame, place, title, true, theme);
    let [body_area, _, foot] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .horizontal_margin(1)
    .areas(inner);
    frame.render_widget(body.style(theme.look.text), body_area);
    frame.render_widget(Line::styled(keys, theme.look.accent), foot);
}
