//! The real binary in a real pseudo-terminal, used as people use it: set up a grid, launch it, watch
//! it, leave and come back, stop, pause, resume and delete, compare and export.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// A home of its own, emptied of processes and files at the end.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn quell(&self, args: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_quell"))
            .arg("--home")
            .arg(self.path())
            .args(args)
            .output()
            .unwrap()
    }

    fn runs(&self) -> Vec<Value> {
        let out = self.quell(&["ls", "--json"]);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn states(&self) -> Vec<String> {
        let state = |run: &Value| run["state"].as_str().unwrap().to_string();
        self.runs().iter().map(state).collect()
    }

    /// Starts one endless run in the background and gives back its folder.
    fn train_for_long(&self) -> PathBuf {
        let out = self.quell(&[
            "run",
            "smoke",
            "--detach",
            "--set",
            "quantizer.bits=[\"fp32\"]",
            "--set",
            "method.names=[\"none\"]",
            "--set",
            "train.epochs=5000",
        ]);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let runs = self.runs();
        assert_eq!(runs.len(), 1);
        self.path()
            .join("runs")
            .join(runs[0]["id"].as_str().unwrap())
    }

    fn epoch(&self) -> u64 {
        self.runs()[0]["epoch"].as_u64().unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.quell(&["stop", "--all"]);
        wait_for("the worker to end", || {
            self.states()
                .iter()
                .all(|s| !["queued", "running", "paused"].contains(&s.as_str()))
        });
    }
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !ready() {
        assert!(begun.elapsed() < PATIENCE, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn some(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

/// The program in a terminal.
struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    /// Set to stop reading: the terminal hangs up when nobody holds its other end.
    cut: Arc<AtomicBool>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    fn open(home: &Home, columns: u16, rows: u16) -> Self {
        Self::with_env(home, columns, rows, &[("TERM", "xterm-256color")])
    }

    fn with_env(home: &Home, columns: u16, rows: u16, env: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_quell"));
        command.env("QUELL_HOME", home.path());
        command.env("HOME", home.path());
        command.env_remove("XDG_RUNTIME_DIR");
        command.cwd(home.path());
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(some(rows), some(columns), 0)));
        let mut out = pair.master.try_clone_reader().unwrap();
        let theirs = screen.clone();
        let cut = Arc::new(AtomicBool::new(false));
        let is_cut = cut.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = out.read(&mut bytes) {
                if is_cut.load(Ordering::Relaxed) {
                    return;
                }
                theirs.lock().unwrap().process(&bytes[..n]);
            }
        });
        Self {
            screen,
            cut,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
        }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen shows all of these.
    fn see(&self, wanted: &[&str]) {
        self.see_that(&format!("{wanted:?}"), |text| {
            wanted.iter().all(|w| text.contains(w))
        });
    }

    fn see_that(&self, what: &str, is: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !is(&self.text()) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what} does not come on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.screen
            .lock()
            .unwrap()
            .screen_mut()
            .set_size(some(rows), some(columns));
        self.master.resize(size).unwrap();
    }

    /// Moves the cursor of the form down to the field of this label.
    fn select_field(&mut self, label: &str) {
        let pointed = |text: &str| {
            let line = text.lines().find(|l| l.contains('▸'));
            // What stands beside the form may have the same words.
            let form = line.and_then(|l| l.split("││").next());
            form.unwrap_or_default().to_string()
        };
        self.press("g");
        self.see_that("the first field", |text| pointed(text).contains(" name "));
        loop {
            let now = pointed(&self.text());
            if now.contains(label) {
                return;
            }
            self.press("j");
            self.see_that(&format!("a field below, on the way to {label}"), |text| {
                pointed(text) != now
            });
        }
    }

    /// Types a value into the field of this label.
    fn fill(&mut self, label: &str, value: &str) {
        self.select_field(label);
        self.press("\r\u{15}");
        self.press(value);
        self.press("\r");
    }

    /// Waits for the end; the terminal must have been given back.
    fn ends(mut self) -> (u32, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        // What was written last is read last.
        std::thread::sleep(Duration::from_millis(200));
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "the screen was not given back");
        assert!(!screen.hide_cursor(), "the cursor was not given back");
        assert!(!screen.bracketed_paste());
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse was not given back"
        );
        (status.exit_code(), screen.contents())
    }
}

/// Presses a key of a command and answers its question with yes, if it asks one.
fn command(terminal: &mut Terminal, key: &str) {
    terminal.press(key);
    std::thread::sleep(Duration::from_millis(300));
    if terminal.text().contains("y yes") {
        terminal.press("y");
    }
}

#[test]
fn set_up_launch_watch_compare_export() {
    let home = Home::new();
    let mut t = Terminal::open(&home, 110, 36);
    t.see(&["1 Setup", "preset quickstart", "Launch 10 runs"]);

    // A small grid out of the presets.
    t.press("p");
    t.see(&["smoke"]);
    while !t
        .text()
        .lines()
        .any(|l| l.contains('▸') && l.contains("smoke"))
    {
        t.press("j");
        std::thread::sleep(Duration::from_millis(60));
    }
    t.press("\r");
    t.see(&["preset smoke", "Launch 4 runs"]);

    // A wrong value is marked where it stands, with the reason, and cannot be launched.
    t.fill("rates", "0.4, 1.5");
    t.see_that("why 1.5 is wrong", |text| {
        let lines: Vec<&str> = text.lines().collect();
        lines
            .windows(2)
            .any(|two| two[0].contains("1.5") && two[1].contains('!') && two[1].contains("1.5"))
    });
    t.press("L");
    t.see(&["enter close"]);
    assert!(home.runs().is_empty(), "a wrong spec was launched");
    t.press("\r");
    t.fill("rates", "0, 0.4");
    t.fill("epochs", "2");
    t.see(&["Launch 8 runs", "2 rates"]);

    t.press("L");
    t.see(&["2 Monitor", "8 runs queued"]);
    assert_eq!(home.runs().len(), 8);
    t.see(&["8/8 finished"]);

    // The mouse opens Compare; the pivot has both rates and all treatments.
    let compare = t.text().lines().next().unwrap().find("Compare").unwrap();
    t.press(&format!(
        "\u{1b}[<0;{};1M\u{1b}[<0;{};1m",
        compare + 1,
        compare + 1
    ));
    t.see(&["Runs", "Pivot", "Curves", "8 runs"]);
    t.press("]");
    t.see(&["noise_rate down", "w4a4", "w2a2", "fp32+dropout"]);
    t.press("e");
    t.see(&[".csv"]);
    let table = std::fs::read_dir(home.path())
        .unwrap()
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.extension().is_some_and(|e| e == "csv"))
        .expect("no table was written");
    let table = std::fs::read_to_string(table).unwrap();
    assert!(table.lines().count() >= 3, "{table}");
    for words in ["noise_rate", "w2a2", "0.4"] {
        assert!(table.contains(words), "{words} is missing in\n{table}");
    }
    t.press("]");
    t.see(&["epoch"]);
    t.press("q");
    let (code, text) = t.ends();
    assert_eq!(code, 0);
    assert!(!text.contains("goes on"), "nothing was left to train");
}

#[test]
fn leave_come_back_stop_pause_resume_delete() {
    let home = Home::new();
    let folder = home.train_for_long();
    let mut t = Terminal::open(&home, 80, 24);
    // What trains is found, and is live.
    t.see(&["running"]);
    let before = home.epoch();
    t.see_that("a later epoch", |text| {
        let line = text.lines().find(|l| l.contains("running"));
        let words = line.map(|l| l.split_whitespace().map(str::to_string));
        words.is_some_and(|mut words| {
            words.any(|w| {
                w.strip_suffix("/5000")
                    .is_some_and(|e| e.parse::<u64>().is_ok_and(|e| e > before + 1))
            })
        })
    });
    t.press("q");
    let (code, text) = t.ends();
    assert_eq!(code, 0);
    assert!(text.contains("Training goes on"), "{text}");

    // The same from another terminal, while it trains on; then the line is cut.
    let t = Terminal::open(&home, 120, 30);
    t.see(&["running", "5000"]);
    let Terminal {
        master,
        keys,
        cut,
        mut child,
        ..
    } = t;
    cut.store(true, Ordering::Relaxed);
    drop((keys, master));
    wait_for("the interface to end with its terminal", || {
        child.try_wait().unwrap().is_some()
    });
    let cut = home.epoch();
    wait_for("training after the line was cut", || home.epoch() > cut + 1);

    let mut t = Terminal::open(&home, 80, 24);
    t.see(&["running"]);
    command(&mut t, "p");
    t.see(&["paused"]);
    let paused = home.epoch();
    std::thread::sleep(Duration::from_secs(1));
    assert!(home.epoch() <= paused + 1, "a paused run trained on");
    command(&mut t, "p");
    t.see(&["running"]);
    wait_for("training after the pause", || home.epoch() > paused + 1);
    command(&mut t, "s");
    t.see(&["stopped"]);
    wait_for("the stop", || home.states() == ["stopped"]);
    let stopped = home.epoch();
    assert!(
        std::fs::read_dir(folder.join("checkpoint"))
            .unwrap()
            .next()
            .is_some()
    );
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(home.epoch(), stopped, "a stopped run trained on");
    command(&mut t, "r");
    t.see(&["running"]);
    wait_for("training after the stop", || home.epoch() > stopped);
    command(&mut t, "s");
    t.see(&["stopped"]);
    wait_for("the stop", || home.states() == ["stopped"]);
    t.press("d");
    t.see(&["y yes"]);
    t.press("n");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(home.runs().len(), 1, "deleted without a yes");
    t.press("dy");
    t.see(&["No runs yet"]);
    assert!(!folder.exists());
    // Ctrl-C leaves as well.
    t.press("\u{3}");
    assert_eq!(t.ends().0, 0);
}

#[test]
fn every_size_and_every_poor_terminal() {
    let home = Home::new();
    let mut t = Terminal::open(&home, 80, 24);
    t.see(&["Launch 10 runs"]);
    t.resize(20, 5);
    t.see(&["quell needs", "60×16"]);
    t.resize(200, 50);
    t.see(&["Launch 10 runs", "runs at noise"]);
    t.press("?");
    t.see(&["this help"]);
    t.press("\u{1b}q");
    // Escape and a letter at once may be Alt and the letter: then the help is still open.
    std::thread::sleep(Duration::from_millis(300));
    if t.child.try_wait().unwrap().is_none() {
        t.press("q");
        std::thread::sleep(Duration::from_millis(300));
    }
    if t.child.try_wait().unwrap().is_none() {
        t.press("q");
    }
    assert_eq!(t.ends().0, 0);

    let (code, text) = Terminal::with_env(&home, 80, 24, &[("TERM", "dumb")]).ends();
    assert_eq!(code, 2);
    assert!(
        text.contains("TERM=dumb") && text.contains("quell run"),
        "{text}"
    );

    let mut t = Terminal::with_env(
        &home,
        80,
        24,
        &[("TERM", "xterm"), ("NO_COLOR", "1"), ("LC_ALL", "C")],
    );
    t.see(&["Launch 10 runs"]);
    assert!(t.text().is_ascii(), "{}", t.text());
    let screen = t.screen.lock().unwrap();
    let coloured = (0..24)
        .flat_map(|y| (0..80).map(move |x| (y, x)))
        .any(|at| {
            screen.screen().cell(at.0, at.1).is_some_and(|c| {
                c.fgcolor() != vt100::Color::Default || c.bgcolor() != vt100::Color::Default
            })
        });
    drop(screen);
    assert!(!coloured, "NO_COLOR was not heeded");
    t.press("q");
    assert_eq!(t.ends().0, 0);
}
