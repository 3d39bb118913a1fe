//! `quell doctor`: is everything there that training needs?

mod checks;

use super::context::Context;
use super::exit::Exit;
use super::output::{self, Colours, colours};
use serde::Serialize;
use std::io::Write;

/// Check this machine and quell's folders, and say what to do about what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell doctor
  quell doctor --json | jq '.[] | select(.verdict != \"ok\")'")]
pub(super) struct Args {
    /// One JSON array of objects
    #[arg(long)]
    json: bool,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    /// What was looked at.
    what: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do about it.
    remedy: Option<String>,
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Ok,
            found: found.into(),
            remedy: None,
        }
    }

    fn warn(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Warn,
            found: found.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn fail(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(what, found, remedy)
        }
    }
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    let checks = checks::all(context);
    let failed = checks.iter().any(|c| c.verdict == Verdict::Fail);
    let mut out = std::io::stdout().lock();
    if args.json {
        output::json(&mut out, &checks)?;
    } else {
        for check in &checks {
            print(&mut out, check)?;
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn print(out: &mut impl Write, check: &Check) -> std::io::Result<()> {
    let (word, colour) = match check.verdict {
        Verdict::Ok => ("ok  ", "32"),
        Verdict::Warn => ("warn", "33"),
        Verdict::Fail => ("fail", "31"),
    };
    let word = if colours() == Colours::None {
        word.into()
    } else {
        format!("\x1b[{colour}m{word}\x1b[0m")
    };
    let found = output::glyphs(&output::clean(&check.found));
    writeln!(out, "{word}  {:14} {found}", check.what)?;
    if let Some(remedy) = &check.remedy {
        let remedy = output::glyphs(&output::clean(remedy));
        writeln!(out, "      {:14} {remedy}", "")?;
    }
    Ok(())
}
