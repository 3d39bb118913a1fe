//! Panels with rounded frames.

use crate::tui::text::cut;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr;

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

/// Writes into the lower edge of a frame, at its right.
pub fn foot(frame: &mut Frame, area: Rect, text: &str, theme: &Theme) {
    if text.is_empty() || area.height < 2 || area.width < 8 {
        return;
    }
    let text = format!(
        " {} ",
        cut(text, usize::from(area.width) - 6, theme.glyphs.ellipsis)
    );
    let width = text.width() as u16;
    let place = Rect::new(area.right() - 2 - width, area.bottom() - 1, width, 1);
    frame.render_widget(Line::styled(text, theme.look.muted), place);
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
