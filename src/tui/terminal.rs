//! The terminal: taken at the start, given back whatever happens.

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{BufWriter, Stdout, stdout};

/// The terminal as it is drawn on; one frame is one write.
pub type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Bytes of the largest frames.
const FRAME: usize = 256 * 1024;

/// Holds the terminal until it is dropped.
pub struct Held;

impl Held {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn take() -> std::io::Result<Self> {
        enter()?;
        let ui = std::thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A panic elsewhere is told of by its task and must not write over the screen.
            if std::thread::current().id() == ui {
                leave();
                before(info);
            }
        }));
        Ok(Self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        leave();
    }
}

/// Switches the terminal to drawing.
///
/// # Errors
/// When the terminal does not take it.
pub fn enter() -> std::io::Result<()> {
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste
    )
}

/// Gives the terminal back to the shell. A terminal that is gone cannot mind.
pub fn leave() {
    let _ = execute!(
        stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// What is drawn on.
///
/// # Errors
/// When the terminal's size is not to be had.
pub fn screen() -> std::io::Result<Screen> {
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
        FRAME,
        stdout(),
    )))
}
