//! Panels with rounded frames.

use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

/// Draws a frame with a title and gives back the room inside.
pub fn panel(frame: &mut Frame, area: Rect, title: &str, focus: bool, theme: &Theme) -> Rect {
    let style = if focus {
        theme.look.accent
    } else {
        theme.look.head
    };
    let title = Line::from(Span::styled(format!(" {title} "), style));
    framed(frame, area, title, focus, theme)
}

/// Draws a frame with a line as title and gives back the room inside.
pub fn framed(frame: &mut Frame, area: Rect, title: Line<'_>, focus: bool, theme: &Theme) -> Rect {
    let border = if focus { theme.focus } else { theme.border };
    let block = Block::new()
        .borders(Borders::ALL)
        .border_set(theme.glyphs.border)
        .border_style(border)
        .title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}
