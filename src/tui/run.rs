//! The loop: keys, signals and changes in; effects and frames out.

use super::action::{Action, Effect};
use super::app::App;
use super::follow::{Want, follow};
use super::screens::setup;
use super::terminal::{self, Held, Screen};
use super::text::plural;
use super::theme::{self, Depth, Glyphs, Theme};
use super::{effects, keymap, update, view};
use crate::store::Store;
use crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use crossterm::execute;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use futures::StreamExt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Between two frames that changes in the store cause.
const CALM: Duration = Duration::from_millis(100);
/// Between two frames that keys cause.
const QUICK: Duration = Duration::from_millis(16);

/// What the user has of their own.
#[derive(Clone, Debug, Default)]
pub struct TuiOptions {
    /// Folder of the user's configuration, with `themes/` and `presets/`; it need not exist.
    pub config: Option<PathBuf>,
}

/// Shows the interface until the user leaves it.
///
/// # Errors
/// When there is no terminal that can show it, or the terminal fails.
pub fn run(store: Store, options: TuiOptions) -> anyhow::Result<()> {
    let folder = |name: &str| options.config.as_ref().map(|c| c.join(name));
    let mut app = App::new(
        themes(folder("themes"))?,
        setup::State::new(folder("presets")),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let held = Held::take()?;
    let result = runtime.block_on(turn(&mut app, &store));
    drop(held);
    // A child that still measures ends by itself.
    runtime.shutdown_background();
    result?;
    let left = app.unfinished();
    if left > 0 && app.worker.is_some() {
        // The terminal may be gone, which is no reason to fail.
        let _ = writeln!(
            std::io::stdout(),
            "Training goes on in the background ({}). `quell` shows it again; \
             `quell stop --all` stops it.",
            plural(left, "run")
        );
    }
    Ok(())
}

/// The themes for this terminal, at least one.
fn themes(folder: Option<PathBuf>) -> anyhow::Result<Vec<Theme>> {
    let (depth, glyphs) = (Depth::detect(), Glyphs::detect());
    let (files, wrong) = theme::load(folder.as_deref());
    let mut themes = Vec::new();
    for file in &files {
        themes.push(Theme::new(file, depth, glyphs)?);
    }
    if let Some(error) = wrong.into_iter().next() {
        return Err(error.into());
    }
    anyhow::ensure!(!themes.is_empty(), "there is no theme");
    // On sixteen colours the theme that is made for them comes first.
    if depth == Depth::Ansi
        && let Some(at) = themes.iter().position(|t| t.name == "ansi16")
    {
        themes.swap(0, at);
    }
    Ok(themes)
}

/// What runs beside the loop.
struct Beside {
    store: Store,
    actions: UnboundedSender<Action>,
    /// What must be done before this process may end.
    tasks: Vec<JoinHandle<()>>,
}

impl Beside {
    fn start(&mut self, effect: Effect) {
        // Looking and measuring may be cut off; what the user asked for may not.
        let optional = matches!(
            effect,
            Effect::Measure(_) | Effect::Noise(_) | Effect::Devices
        );
        let (store, actions) = (self.store.clone(), self.actions.clone());
        let task = tokio::task::spawn_blocking(move || {
            // The receiver is gone only when the interface is.
            let _ = actions.send(effects::carry_out(effect, &store));
        });
        self.tasks.retain(|t| !t.is_finished());
        if !optional {
            self.tasks.push(task);
        }
    }
}

async fn turn(app: &mut App, store: &Store) -> anyhow::Result<()> {
    let mut screen = terminal::screen()?;
    let size = screen.size()?;
    app.size = ratatui::layout::Rect::new(0, 0, size.width, size.height);
    let (actions, mut incoming) = unbounded_channel();
    let (wants, wanted) = std::sync::mpsc::channel();
    let (theirs, sender) = (store.clone(), actions.clone());
    std::thread::Builder::new()
        .name("follower".into())
        .spawn(move || follow(&theirs, &wanted, &sender))?;
    let mut beside = Beside {
        store: store.clone(),
        actions,
        tasks: Vec::new(),
    };
    beside.start(Effect::Devices);
    let mut input = EventStream::new();
    let mut term = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut due = Some(Instant::now());
    let mut last = Instant::now();
    let mut want = Want::default();
    while !app.quit {
        let frame_at = due.unwrap_or(last);
        let (action, pace) = tokio::select! {
            biased;
            _ = term.recv() => break,
            _ = hangup.recv() => break,
            // Before the input, so that a flood of it cannot keep frames back.
            () = tokio::time::sleep_until(frame_at), if due.is_some() => {
                draw(&mut screen, app)?;
                last = Instant::now();
                due = None;
                continue;
            }
            event = input.next() => match event {
                Some(Ok(event)) => (translate(app, event), QUICK),
                // The terminal is gone.
                Some(Err(_)) | None => break,
            },
            action = incoming.recv() => (action, CALM),
        };
        let Some(action) = action else { continue };
        let at = last + pace;
        due = Some(due.map_or(at, |d| d.min(at)));
        for effect in update::update(app, action) {
            if effect == Effect::Suspend {
                suspend(&mut screen)?;
            } else {
                beside.start(effect);
            }
        }
        let now = Want {
            histories: app.wanted_histories(),
            log: app.wanted_log(),
        };
        if now != want {
            want = now;
            // The follower ends only with this loop.
            let _ = wants.send(want.clone());
        }
    }
    for task in beside.tasks {
        let _ = task.await;
    }
    Ok(())
}

fn draw(screen: &mut Screen, app: &App) -> std::io::Result<()> {
    synchronized(screen, true)?;
    screen.draw(|frame| view::draw(frame, app))?;
    synchronized(screen, false)
}

/// Begins or ends a synchronized update.
fn synchronized(screen: &mut Screen, begin: bool) -> std::io::Result<()> {
    if begin {
        crossterm::queue!(screen.backend_mut(), BeginSynchronizedUpdate)
    } else {
        execute!(screen.backend_mut(), EndSynchronizedUpdate)
    }
}

/// Hands the terminal back to the shell until it continues this job.
fn suspend(screen: &mut Screen) -> std::io::Result<()> {
    terminal::leave();
    let stopped = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
    terminal::enter()?;
    screen.clear()?;
    stopped.map_err(Into::into)
}

fn translate(app: &App, event: Event) -> Option<Action> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => keymap::action(app, key),
        Event::Paste(text) => keymap::paste(app, &text),
        Event::Resize(width, height) => Some(Action::Resized(width, height)),
        Event::Mouse(mouse) => {
            let (x, y) = (mouse.column, mouse.row);
            match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Some(Action::Click { x, y }),
                MouseEventKind::ScrollDown => Some(Action::Wheel { x, y, by: 3 }),
                MouseEventKind::ScrollUp => Some(Action::Wheel { x, y, by: -3 }),
                _ => None,
            }
        }
        _ => None,
    }
}
