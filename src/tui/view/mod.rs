//! Drawing what the interface knows.

mod dialog;
mod help;
pub mod panel;

pub use help::lines as help_lines;

use super::action::Screen;
use super::app::{App, Dialog};
use super::keymap;
use super::screens::{compare, monitor, setup};
use super::theme::Theme;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// The smallest terminal that is drawn on.
pub const MINIMUM: (u16, u16) = (60, 16);

/// Where the parts of the interface are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Names of the screens.
    pub tabs: Rect,
    /// The screen.
    pub body: Rect,
    /// Keys and remarks.
    pub footer: Rect,
}

/// Where the parts of the interface are.
pub fn parts(area: Rect, screen: Screen) -> Parts {
    let [tabs, body, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    // Compare has no frame of its own.
    let body = match screen {
        Screen::Compare => body.inner(Margin::new(1, 0)),
        Screen::Setup | Screen::Monitor => body,
    };
    Parts { tabs, body, footer }
}

const NAME: &str = " quell  ";

/// Places of the screens' names.
fn tabs(area: Rect) -> impl Iterator<Item = (Screen, Rect)> {
    let mut x = area.x + NAME.width() as u16;
    Screen::ALL.into_iter().map(move |screen| {
        let width = screen.title().width() as u16 + 4;
        let place = Rect { x, width, ..area }.intersection(area);
        x += width + 1;
        (screen, place)
    })
}

/// The screen whose name is at a place.
pub fn tab_at(area: Rect, x: u16, y: u16) -> Option<Screen> {
    let at = Position { x, y };
    tabs(area).find(|t| t.1.contains(at)).map(|t| t.0)
}

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &App) {
    let area = frame.area();
    let theme = app.theme();
    let look = &theme.look;
    frame.buffer_mut().set_style(area, look.text);
    if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
        let (w, h) = (area.width, area.height);
        let text = format!(
            "This terminal has {w}×{h} characters; quell needs {}×{}.",
            MINIMUM.0, MINIMUM.1
        );
        let text = Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true });
        frame.render_widget(text, area);
        return;
    }
    let parts = parts(area, app.screen);
    head(frame, parts.tabs, app, theme);
    match app.screen {
        Screen::Setup => setup::draw(frame, parts.body, &app.setup, theme),
        Screen::Monitor => monitor::draw(frame, parts.body, app, theme),
        Screen::Compare => compare::draw(frame, parts.body, &app.compare, &app.runs, look),
    }
    foot(frame, parts.footer, app, theme);
    match &app.dialog {
        None => {}
        Some(Dialog::Help(scroll)) => help::draw(frame, app, *scroll, theme),
        Some(Dialog::Confirm(question)) => {
            dialog::draw(
                frame,
                &question.title,
                &question.text,
                "y yes   n no",
                theme,
            );
        }
        Some(Dialog::Message { title, text }) => {
            dialog::draw(frame, title, text, "enter close", theme);
        }
    }
}

fn head(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let look = &theme.look;
    frame.render_widget(Line::styled(NAME, look.accent), area);
    for (screen, place) in tabs(area) {
        let number = format!(" {} ", screen.index() + 1);
        let style = if screen == app.screen {
            look.accent.patch(look.cursor)
        } else {
            look.muted
        };
        let line = Line::from(vec![
            Span::styled(number, style),
            Span::styled(format!("{} ", screen.title()), style),
        ]);
        frame.render_widget(line, place);
    }
    let live = app.unfinished();
    let text = match &app.worker {
        Some(worker) if live > 0 => format!(
            "{} {live} to train on {} ",
            theme.glyphs.state(crate::store::State::Running),
            crate::store::clean(&worker.device)
        ),
        _ if live > 0 => format!("{live} waiting, nothing trains "),
        _ => String::new(),
    };
    let width = text.width() as u16;
    let end = tabs(area).map(|t| t.1.right()).max().unwrap_or(0);
    if area.right() > end + width {
        let place = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        let style = if app.worker.is_some() {
            look.good
        } else {
            look.warn
        };
        frame.render_widget(Line::styled(text, style), place);
    }
}

fn foot(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let look = &theme.look;
    let mut spans = vec![Span::raw(" ")];
    // A remark stands before as many hints as there is room for then.
    if let Some(notice) = &app.notice {
        let (text, style) = match notice {
            Ok(text) => (text, look.good),
            Err(text) => (text, look.error),
        };
        let text = format!("{}   ", crate::store::clean(text));
        spans.push(Span::styled(text, style));
    }
    let used: usize = spans.iter().map(|s| s.content.width()).sum();
    let room = usize::from(area.width).saturating_sub(used);
    let mut hints = keymap::hints(app);
    for hint in &mut hints {
        hint.0 = theme.glyphs.key(hint.0);
    }
    // Help and quit stay where there is little room; hints before them go.
    let width = |hints: &[(&str, &str)]| -> usize {
        hints.iter().map(|h| h.0.width() + h.1.width() + 3).sum()
    };
    while width(&hints) > room && hints.len() > 2 {
        hints.remove(hints.len() - 3);
    }
    for (key, hint) in hints {
        spans.push(Span::styled(key, look.accent));
        spans.push(Span::styled(format!(" {hint}  "), look.muted));
    }
    frame.render_widget(Line::from(spans), area);
}

#[cfg(test)]
pub(crate) mod tests;
