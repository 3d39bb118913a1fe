//! The keys: one table for dispatch, footer and help. Those of Compare stand beside its code.

use super::action::{Action, Screen};
use super::app::{App, Dialog};
use super::screens::{compare, monitor, setup};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// On every screen.
    Everywhere,
    /// On the Setup screen.
    Setup,
    /// On the Monitor screen.
    Monitor,
    /// While the help is shown.
    Help,
    /// While a question is asked.
    Confirm,
    /// While a message is shown.
    Message,
}

/// One key and what it does.
#[derive(Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The key; another way to press the same is a binding of its own without a hint.
    pub key: KeyCode,
    /// Its name for people.
    pub name: &'static str,
    /// What happens.
    pub action: Action,
    /// One or two words for the footer; empty to leave it out there.
    pub hint: &'static str,
    /// One line for help.
    pub help: &'static str,
}

const fn bind(
    context: Context,
    key: KeyCode,
    name: &'static str,
    action: Action,
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        context,
        key,
        name,
        action,
        hint,
        help,
    }
}

const fn c(c: char) -> KeyCode {
    KeyCode::Char(c)
}

use Action::{Monitor as M, Setup as S};
use Context::{Confirm, Everywhere, Help, Message, Monitor, Setup};
use monitor::Msg as Mo;
use setup::Msg as Se;

/// Every key outside of Compare and of texts that are typed.
#[rustfmt::skip] // one key, one line: a table
pub static KEYS: &[Binding] = &[
    bind(Setup, KeyCode::Enter, "enter", S(Se::Enter), "edit", "edit a text, open a list, or launch"),
    bind(Setup, c('L'), "L", S(Se::Launch), "launch", "queue the grid and train it in the background"),
    bind(Setup, c('p'), "p", S(Se::Presets), "presets", "choose a preset"),
    bind(Setup, c(' '), "space", S(Se::Toggle), "", "open a list of several; on or off"),
    bind(Setup, KeyCode::Right, "→", S(Se::Cycle(1)), "change", "next choice"),
    bind(Setup, c('l'), "l", S(Se::Cycle(1)), "", "next choice"),
    bind(Setup, KeyCode::Left, "←", S(Se::Cycle(-1)), "", "previous choice"),
    bind(Setup, c('h'), "h", S(Se::Cycle(-1)), "", "previous choice"),
    bind(Setup, KeyCode::Down, "↓", S(Se::Down(1)), "", "next field"),
    bind(Setup, c('j'), "j", S(Se::Down(1)), "", "next field"),
    bind(Setup, KeyCode::Up, "↑", S(Se::Down(-1)), "", "previous field"),
    bind(Setup, c('k'), "k", S(Se::Down(-1)), "", "previous field"),
    bind(Setup, KeyCode::PageDown, "page down", S(Se::Down(8)), "", "eight fields down"),
    bind(Setup, KeyCode::PageUp, "page up", S(Se::Down(-8)), "", "eight fields up"),
    bind(Setup, KeyCode::Home, "home", S(Se::First), "", "first field"),
    bind(Setup, c('g'), "g", S(Se::First), "", "first field"),
    bind(Setup, KeyCode::End, "end", S(Se::Last), "", "the launch button"),
    bind(Setup, c('G'), "G", S(Se::Last), "", "the launch button"),
    bind(Setup, c('u'), "u", S(Se::Undo), "", "undo the last change"),
    bind(Setup, c('m'), "m", S(Se::AllFields), "more", "show every field that applies, or the usual ones"),
    bind(Setup, KeyCode::Esc, "esc", S(Se::Back), "", "close a list; give up a wrong value"),

    bind(Monitor, c('s'), "s", M(Mo::Stop), "stop", "stop runs; their checkpoints are kept"),
    bind(Monitor, c('p'), "p", M(Mo::Pause), "pause", "pause runs, or let paused ones go on"),
    bind(Monitor, c('r'), "r", M(Mo::Resume), "resume", "let stopped, failed or lost runs go on from their checkpoints"),
    bind(Monitor, c('d'), "d", M(Mo::Delete), "delete", "delete runs with all results"),
    bind(Monitor, c(' '), "space", M(Mo::Mark), "mark", "mark a run: commands are for the marked runs, else for the one under the cursor"),
    bind(Monitor, c(']'), "]", M(Mo::Turn(1)), "charts/log/config", "next tab of the selected run"),
    bind(Monitor, c('['), "[", M(Mo::Turn(-1)), "", "previous tab of the selected run"),
    bind(Monitor, KeyCode::Right, "→", M(Mo::Turn(1)), "", "next tab of the selected run"),
    bind(Monitor, c('l'), "l", M(Mo::Turn(1)), "", "next tab of the selected run"),
    bind(Monitor, KeyCode::Left, "←", M(Mo::Turn(-1)), "", "previous tab of the selected run"),
    bind(Monitor, c('h'), "h", M(Mo::Turn(-1)), "", "previous tab of the selected run"),
    bind(Monitor, c('/'), "/", M(Mo::Filter), "filter", "filter runs, such as state=running noise_rate>=0.4"),
    bind(Monitor, c('o'), "o", M(Mo::Sort), "sort", "sort by queue, state, test accuracy or memorised share"),
    bind(Monitor, KeyCode::Down, "↓", M(Mo::Down(1)), "", "next run"),
    bind(Monitor, c('j'), "j", M(Mo::Down(1)), "", "next run"),
    bind(Monitor, KeyCode::Up, "↑", M(Mo::Down(-1)), "", "previous run"),
    bind(Monitor, c('k'), "k", M(Mo::Down(-1)), "", "previous run"),
    bind(Monitor, KeyCode::PageDown, "page down", M(Mo::Down(10)), "", "ten runs down"),
    bind(Monitor, KeyCode::PageUp, "page up", M(Mo::Down(-10)), "", "ten runs up"),
    bind(Monitor, KeyCode::Home, "home", M(Mo::First), "", "first run"),
    bind(Monitor, c('g'), "g", M(Mo::First), "", "first run"),
    bind(Monitor, KeyCode::End, "end", M(Mo::Last), "", "last run"),
    bind(Monitor, c('G'), "G", M(Mo::Last), "", "last run"),
    bind(Monitor, c('K'), "K", M(Mo::Scroll(5)), "", "log or units: further back"),
    bind(Monitor, c('J'), "J", M(Mo::Scroll(-5)), "", "log or units: towards the end"),
    bind(Monitor, KeyCode::Esc, "esc", M(Mo::Back), "", "unmark all runs, then undo the filter"),

    bind(Everywhere, c('1'), "1", Action::Show(Screen::Setup), "", "Setup: choose what to run"),
    bind(Everywhere, c('2'), "2", Action::Show(Screen::Monitor), "", "Monitor: watch it train"),
    bind(Everywhere, c('3'), "3", Action::Show(Screen::Compare), "", "Compare: the history of all runs"),
    bind(Everywhere, KeyCode::Tab, "tab", Action::Turn(1), "screen", "next screen"),
    bind(Everywhere, KeyCode::BackTab, "shift-tab", Action::Turn(-1), "", "previous screen"),
    bind(Everywhere, c('T'), "T", Action::NextTheme, "", "next theme"),
    bind(Everywhere, c('?'), "?", Action::Help, "help", "this help"),
    bind(Everywhere, c('q'), "q", Action::Quit, "quit", "leave; training goes on in the background"),

    bind(Help, c('?'), "?", Action::Close, "", "close"),
    bind(Help, KeyCode::Esc, "esc", Action::Close, "close", "close"),
    bind(Help, c('q'), "q", Action::Close, "", "close"),
    bind(Help, KeyCode::Down, "↓", Action::Scroll(1), "scroll", "down"),
    bind(Help, c('j'), "j", Action::Scroll(1), "", "down"),
    bind(Help, KeyCode::Up, "↑", Action::Scroll(-1), "", "up"),
    bind(Help, c('k'), "k", Action::Scroll(-1), "", "up"),
    bind(Help, KeyCode::PageDown, "page down", Action::Scroll(10), "", "ten lines down"),
    bind(Help, KeyCode::PageUp, "page up", Action::Scroll(-10), "", "ten lines up"),

    bind(Confirm, c('y'), "y", Action::Yes, "yes", "yes"),
    bind(Confirm, KeyCode::Enter, "enter", Action::Yes, "", "yes"),
    bind(Confirm, c('n'), "n", Action::Close, "no", "no"),
    bind(Confirm, KeyCode::Esc, "esc", Action::Close, "", "no"),
    bind(Confirm, c('q'), "q", Action::Close, "", "no"),

    bind(Message, KeyCode::Enter, "enter", Action::Close, "close", "close"),
    bind(Message, KeyCode::Esc, "esc", Action::Close, "", "close"),
    bind(Message, c('q'), "q", Action::Close, "", "close"),
];

/// The contexts that hold now, the innermost first.
pub fn contexts(app: &App) -> &'static [Context] {
    match (&app.dialog, app.screen) {
        (Some(Dialog::Help(_)), _) => &[Help],
        (Some(Dialog::Confirm(_)), _) => &[Confirm],
        (Some(Dialog::Message { .. }), _) => &[Message],
        (None, Screen::Setup) => &[Setup, Everywhere],
        (None, Screen::Monitor) => &[Monitor, Everywhere],
        (None, Screen::Compare) => &[Everywhere],
    }
}

/// The keys that hold in a context.
pub fn keys(context: Context) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |b| b.context == context)
}

/// Whether keys are text on the screen shown.
pub fn typing(app: &App) -> bool {
    app.dialog.is_none()
        && match app.screen {
            Screen::Setup => app.setup.typing(),
            Screen::Monitor => app.monitor.typing(),
            Screen::Compare => app.compare.typing(),
        }
}

/// What a key does now.
pub fn action(app: &App, key: KeyEvent) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => return Some(Action::Quit),
        KeyCode::Char('z') if control => return Some(Action::Suspend),
        _ => {}
    }
    if typing(app) {
        return match app.screen {
            Screen::Setup => Some(S(Se::Key(key))),
            Screen::Monitor => Some(M(Mo::Key(key))),
            Screen::Compare => compare::message(&app.compare, key).map(Action::Compare),
        };
    }
    if app.dialog.is_none()
        && app.screen == Screen::Compare
        && let Some(msg) = compare::message(&app.compare, key)
    {
        return Some(Action::Compare(msg));
    }
    if control || key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    contexts(app)
        .iter()
        .flat_map(|context| keys(*context))
        .find(|b| b.key == key.code)
        .map(|b| b.action.clone())
}

/// What pasted text does: it is typed where text is typed, and nothing elsewhere.
pub fn paste(app: &App, text: &str) -> Option<Action> {
    let line: String = text.chars().filter(|c| !c.is_control()).collect();
    (typing(app) && !line.is_empty()).then_some(Action::Paste(line))
}

/// Keys and words for the footer.
pub fn hints(app: &App) -> Vec<(&'static str, &'static str)> {
    if typing(app) {
        return vec![("enter", "accept"), ("esc", "close")];
    }
    let mut found: Vec<(&str, &str)> = Vec::new();
    if app.dialog.is_none() && app.screen == Screen::Compare {
        let own = compare::keys(app.compare.view);
        found.extend(own.map(|b| (b.name, b.hint)));
    }
    let own = contexts(app).iter().flat_map(|c| keys(*c));
    found.extend(own.map(|b| (b.name, b.hint)));
    found.retain(|(_, hint)| !hint.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice_where_it_holds() {
        for own in [Setup, Monitor, Help, Confirm, Message] {
            let mut all: Vec<&Binding> = keys(own).collect();
            if matches!(own, Setup | Monitor) {
                all.extend(keys(Everywhere));
            }
            for (i, one) in all.iter().enumerate() {
                let again = all[..i].iter().find(|b| b.key == one.key);
                assert!(again.is_none(), "{} stands twice in {own:?}", one.name);
            }
        }
        for view in compare::View::ALL {
            for one in keys(Everywhere) {
                let again = compare::keys(view).find(|b| b.key == one.key);
                assert!(again.is_none(), "Compare has {} as well", one.name);
            }
        }
    }
}
