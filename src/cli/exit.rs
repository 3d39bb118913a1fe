//! How a command ends: its exit code, and errors in words.

use crate::compare::CompareError;
use crate::spec::SpecError;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The end of a command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well.
    Done,
    /// A run failed, or a check did.
    Failed,
    /// Ended by Ctrl-C.
    Interrupted,
}

/// Wrong usage: exit code 2.
#[derive(Debug)]
pub(super) struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error of wrong usage, with everything that `error` has to say.
pub(super) fn usage(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Usage(words(&error.into())))
}

/// An error of wrong usage with this text.
pub(super) fn usage_text(text: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Usage(text.into()))
}

/// Prints an error and gives the exit code.
pub(super) fn report(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Failed) => ExitCode::from(1),
        Ok(Exit::Interrupted) => ExitCode::from(130),
        // The reader has gone, as in `quell ls | head`: nobody is left to tell.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed stderr is no reason to panic.
            let _ = io::Write::write_all(
                &mut io::stderr(),
                format!("error: {}\n", words(&error)).as_bytes(),
            );
            ExitCode::from(if is_usage(&error) { 2 } else { 1 })
        }
    }
}

fn is_usage(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|e| e.is::<Usage>() || e.is::<SpecError>() || e.is::<CompareError>())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        e.downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// The error and its causes in one line; a cause that was already told is not told again.
fn words(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    // Names out of files may hold anything.
    let lines = text.trim_end().lines().map(super::output::clean);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn causes_are_told_once() {
        let inner = io::Error::other("disk full");
        let error = anyhow::Error::new(inner).context("cannot write x: disk full");
        assert_eq!(words(&error), "cannot write x: disk full");
        let error = Err::<(), _>(io::Error::other("disk full"))
            .context("cannot write x")
            .err()
            .map(|e| words(&e));
        assert_eq!(error.as_deref(), Some("cannot write x: disk full"));
    }

    #[test]
    fn usage_and_broken_pipes_are_recognised() {
        assert!(is_usage(&usage_text("no")));
        assert!(is_usage(&usage(io::Error::other("x"))));
        assert!(!is_usage(&anyhow::anyhow!("x")));
        let pipe = anyhow::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)).context("out");
        assert!(is_broken_pipe(&pipe));
    }
}
