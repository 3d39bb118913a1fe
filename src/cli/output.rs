//! What commands print with: tables, colours, and plain text where there is no terminal.

use comfy_table::{ContentArrangement, Table, presets};
use std::io::{IsTerminal, Write};
use supports_color::Stream;

/// How many colours stdout shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Colours {
    /// None, or `NO_COLOR` is set.
    None,
    /// The 16 of old.
    Basic,
    /// 256 or more.
    Many,
}

/// Colours of stdout; obeys `NO_COLOR` and `TERM=dumb`.
pub(super) fn colours() -> Colours {
    match supports_color::on_cached(Stream::Stdout) {
        Some(level) if level.has_256 => Colours::Many,
        Some(_) => Colours::Basic,
        None => Colours::None,
    }
}

/// Whether a person reads stdout.
pub(super) fn on_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether the locale says that text is UTF-8.
pub(super) fn is_utf8() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        })
}

/// An empty table in the house's style.
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(if is_utf8() {
        presets::UTF8_BORDERS_ONLY
    } else {
        presets::ASCII_BORDERS_ONLY_CONDENSED
    });
    if colours() == Colours::None {
        table.force_no_tty();
    } else {
        table.enforce_styling();
    }
    if on_terminal()
        && let Ok((width, _)) = crossterm::terminal::size()
    {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
    }
    table
}

/// Prints a table, in ASCII where the locale knows no more.
pub(super) fn print_table(out: &mut impl Write, table: &Table) -> std::io::Result<()> {
    writeln!(out, "{}", glyphs(&table.trim_fmt()))
}

/// `text` with its few signs beyond ASCII replaced where the locale is not UTF-8.
pub(super) fn glyphs(text: &str) -> String {
    if is_utf8() {
        return text.into();
    }
    text.chars()
        .map(|c| match c {
            '±' => "+-".into(),
            '–' | '—' => "-".into(),
            '×' => "x".into(),
            '·' => "|".into(),
            '…' => "...".into(),
            other => other.to_string(),
        })
        .collect()
}

/// Text from outside without control characters, which a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Prints `value` as one line of JSON.
pub(super) fn json_line(out: &mut impl Write, value: &impl serde::Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// Prints `value` as indented JSON.
pub(super) fn json(out: &mut impl Write, value: &impl serde::Serialize) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// Asks a yes-or-no question on the terminal; the answer is no unless it is yes.
pub(super) fn confirm(question: &str) -> std::io::Result<bool> {
    let mut err = std::io::stderr();
    write!(err, "{question} [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Whether a question would reach a person.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
