//! What `quell data verify` prints of a data set whose Action Units are coded.

use super::output;
use crate::data::coding::CodingReport;
use std::io::Write;

/// Prints a report: a line per fact, a line per unit, a line per kind of problem.
pub(super) fn print(out: &mut impl Write, report: &CodingReport) -> anyhow::Result<()> {
    let mut line = |name: &str, text: &str| {
        writeln!(out, "{name:16} {}", output::glyphs(&output::clean(text)))
    };
    line("set", report.set)?;
    line("folder", &report.folder.display().to_string())?;
    let published = |what: &str, found: usize, published: usize| match found == published {
        true => format!("{found}, as in studies"),
        false => format!("{found}; studies count {published} {what}"),
    };
    let subjects = published("subjects", report.subjects, report.published_subjects);
    line("subjects", &subjects)?;
    if let Some(tasks) = report.tasks {
        line("tasks", &tasks.to_string())?;
    }
    let frames = published("frames", report.frames, report.published_frames);
    line("coded frames", &frames)?;
    line(
        "images",
        &format!(
            "{} of coded frames, {} missing, {} of others",
            report.images, report.missing, report.uncoded_images
        ),
    )?;
    line("used", &report.used.to_string())?;
    line("unknown labels", &report.unknown.to_string())?;
    for unit in &report.units {
        let rate = unit.base_rate.map_or_else(
            || "never known".into(),
            |rate| format!("{:.1} %", rate * 100.0),
        );
        line(
            &format!("AU {}", unit.unit),
            &format!(
                "present in {} of {} frames, {rate}",
                unit.positives, unit.known
            ),
        )?;
    }
    for problem in &report.problems {
        line("WRONG", &problem.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::coding::{Oddity, Problem, UnitCount};

    #[test]
    fn a_report_is_a_line_per_fact() {
        let unit = |unit, positives, known, base_rate| UnitCount {
            unit,
            positives,
            known,
            base_rate,
        };
        let report = CodingReport {
            set: "bp4d",
            folder: "/data/bp\u{1b}4d".into(),
            subjects: 41,
            published_subjects: 41,
            tasks: Some(328),
            frames: 1_000,
            published_frames: 146_847,
            images: 990,
            missing: 10,
            used: 980,
            uncoded_images: 5,
            unknown: 980,
            units: vec![unit(1, 98, 980, Some(0.1)), unit(24, 0, 0, None)],
            problems: vec![Problem {
                kind: Oddity::ImageMissing,
                count: 10,
                examples: vec!["F001_T1.csv line 2, frame 2440".into()],
            }],
        };
        let mut out = Vec::new();
        print(&mut out, &report).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "\
set              bp4d
folder           /data/bp 4d
subjects         41, as in studies
tasks            328
coded frames     1000; studies count 146847 frames
images           990 of coded frames, 10 missing, 5 of others
used             980
unknown labels   980
AU 1             present in 98 of 980 frames, 10.0 %
AU 24            present in 0 of 0 frames, never known
WRONG            coded frames without an image, passed over: 10, such as F001_T1.csv line 2, frame 2440
";
        assert_eq!(text, expected);
    }
}
