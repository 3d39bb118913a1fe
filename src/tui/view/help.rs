//! The help: every key that holds on the screen shown, from the table that dispatches them.

use super::dialog::centred;
use super::panel::panel;
use crate::tui::action::Screen;
use crate::tui::app::App;
use crate::tui::keymap::{self, Context};
use crate::tui::screens::compare;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

type Entry = (String, &'static str);

/// Keys that do the same stand on one line.
fn gather(keys: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (name, help) in keys {
        match entries.iter_mut().find(|e| e.1 == help) {
            Some(entry) => entry.0 = format!("{} {name}", entry.0),
            None => entries.push((name.into(), help)),
        }
    }
    entries
}

fn of(context: Context) -> Vec<Entry> {
    gather(keymap::keys(context).map(|b| (b.name, b.help)))
}

fn of_compare(state: &compare::State) -> Vec<Entry> {
    gather(compare::keys(state.view).map(|b| (b.name, b.help)))
}

/// The most lines that the help of any screen has.
pub fn lines(state: &compare::State) -> u16 {
    let most = of(Context::Setup)
        .len()
        .max(of(Context::Monitor).len())
        .max(of_compare(state).len());
    (most + of(Context::Everywhere).len() + 3) as u16
}

/// Draws the help over the screen.
pub fn draw(frame: &mut Frame, app: &App, scroll: u16, theme: &Theme) {
    let own = match app.screen {
        Screen::Setup => of(Context::Setup),
        Screen::Monitor => of(Context::Monitor),
        Screen::Compare => of_compare(&app.compare),
    };
    let look = &theme.look;
    let mut lines = vec![Line::styled(app.screen.title(), look.head)];
    let line = |(keys, help): &Entry| {
        let pad = " ".repeat(16usize.saturating_sub(keys.width()));
        Line::from(vec![
            Span::styled(format!("  {keys}{pad} "), look.accent),
            Span::styled(*help, look.text),
        ])
    };
    lines.extend(own.iter().map(line));
    lines.push(Line::default());
    lines.push(Line::styled("Everywhere", look.head));
    lines.extend(of(Context::Everywhere).iter().map(line));
    let area = frame.area();
    let place = centred(
        area,
        area.width.saturating_sub(4).min(100),
        (lines.len() as u16 + 2).min(area.height.saturating_sub(2)),
    );
    let room = place.height.saturating_sub(2);
    let scroll = scroll.min((lines.len() as u16).saturating_sub(room));
    frame.render_widget(Clear, place);
    let inner = panel(frame, place, "Help", true, theme);
    frame.render_widget(Paragraph::new(lines).scroll((scroll, 0)), inner);
}
