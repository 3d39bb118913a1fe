//! `quell data`: which data sets are there, whether they are whole, and fetching them.

use super::context::Context;
use super::exit::{Exit, usage, usage_text};
use super::output;
use crate::data::coding::{self, Coding};
use crate::data::source::{self, Report};
use crate::data::{locate, shape};
use crate::spec::{DataSet, DataSpec};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// List, check and fetch data sets
///
/// Nothing is ever downloaded but by `quell data fetch`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  quell data list
  quell data fetch cifar10
  quell data noise quickstart
  quell data preview faces --unit 12
  quell data verify cifar10
  quell data verify bp4d /data/BP4D")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the data sets, and where they were found
    #[command(
        after_help = "Example:\n  quell data list --json | jq '.[] | select(.found == null)'"
    )]
    List {
        /// One JSON array of objects
        #[arg(long)]
        json: bool,
    },
    /// Read all of a data set: counts, classes, repeated images, checksums
    ///
    /// Exit code 1 if it is not what was published.
    #[command(
        after_help = "Example:\n  quell data verify fashion-mnist /usr/share/datasets/fashion-mnist"
    )]
    Verify {
        /// Name of the data set
        #[arg(value_name = "NAME")]
        set: DataSet,

        /// Its folder [default: where runs look for it]
        dir: Option<PathBuf>,

        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Draw the noisy labels of a spec and count them: actual rate and confusion, before anything is
    /// trained
    ///
    /// Of the highest rate and the first seed.
    Noise(super::noise::Args),
    /// Show synthetic faces with their Action Units, in the terminal or as a PNG file
    ///
    /// They are drawn, not photographed. Nothing is written without --out.
    Preview(super::preview::Args),
    /// Download a data set from where it is published
    ///
    /// What broke off goes on with the same command. Files are held to their published checksums,
    /// and seen by runs only when all is there.
    #[command(
        after_help = "Example:\n  quell data fetch cifar10 --from https://mirror.example/cifar"
    )]
    Fetch {
        /// Name of the data set
        #[arg(value_name = "NAME")]
        set: DataSet,

        /// Folder for its files [default: where runs look for it]
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,

        /// Folder on the web that holds the published files, in place of the usual one
        #[arg(long, value_name = "URL")]
        from: Option<String>,

        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List { json } => list(*json, context),
        Command::Noise(args) => super::noise::run(args, context),
        Command::Preview(args) => super::preview::run(args),
        Command::Verify { set, dir, json } => verify(*set, dir.clone(), *json, context),
        Command::Fetch {
            set,
            to,
            from,
            json,
        } => fetch(*set, to.clone(), from.as_deref(), *json, context),
    }
}

fn list(json: bool, context: &Context) -> anyhow::Result<Exit> {
    let home = context.store()?.data_home();
    let mut out = std::io::stdout().lock();
    let mut rows = Vec::new();
    let mut table = output::table();
    table.set_header(["set", "found", "images", "licence"]);
    for set in DataSet::ALL {
        let spec = DataSpec::new(*set);
        let found = locate(&spec, &home).ok();
        let licence = source::source(*set).licence;
        // Nothing is known of a folder that was not named.
        let shape = (*set != DataSet::Folder).then(|| shape(&spec));
        let images = shape.map_or_else(
            || "-".into(),
            |s| {
                let colour = if s.channels == 1 { "grey" } else { "colour" };
                match s.task.units() {
                    [] => format!(
                        "{} + {}, {}×{} {colour}",
                        s.train, s.test, s.height, s.width
                    ),
                    units => format!(
                        "{} in three folds, {}×{} {colour}, {} units",
                        s.train + s.test,
                        s.height,
                        s.width,
                        units.len()
                    ),
                }
            },
        );
        let place = match (&found, *set) {
            (Some(folder), _) => folder.display().to_string(),
            (None, DataSet::Folder) => "where data.dir says".into(),
            (None, DataSet::Bp4d | DataSet::Disfa) => "no: ask its makers (docs/data.md)".into(),
            (None, _) => format!("no: quell data fetch {set}"),
        };
        table.add_row([
            set.to_string(),
            output::clean(&place),
            output::glyphs(&images),
            licence.into(),
        ]);
        rows.push(json!({
            "set": set,
            "found": found,
            "train": shape.map(|s| s.train),
            "test": shape.map(|s| s.test),
            "classes": shape.map(|s| s.task.classes()),
            "licence": licence,
            "files": source::source(*set).files.iter().map(|f| json!({
                "url": format!("{}{}", f.base, f.file), "sha256": f.sha256,
            })).collect::<Vec<_>>(),
        }));
    }
    if json {
        output::json(&mut out, &rows)?;
    } else {
        output::print_table(&mut out, &table)?;
    }
    Ok(Exit::Done)
}

fn verify(
    set: DataSet,
    dir: Option<PathBuf>,
    json: bool,
    context: &Context,
) -> anyhow::Result<Exit> {
    if set == DataSet::Folder && dir.is_none() {
        return Err(usage_text(
            "name the folder of the images: quell data verify folder DIR",
        ));
    }
    if set == DataSet::Bundled && dir.is_some() {
        return Err(usage_text(
            "the bundled set lies inside quell: leave DIR out",
        ));
    }
    if set.is_synthetic() {
        return Err(usage_text(
            "synthetic faces are drawn where they are needed: look at some with `quell data preview faces`",
        ));
    }
    let home = context.store()?.data_home();
    let spec = DataSpec {
        dir,
        ..DataSpec::new(set)
    };
    let folder = locate(&spec, &home).map_err(usage)?;
    let mut out = std::io::stdout().lock();
    if let Some(coding) = Coding::of(set) {
        let report = coding::verify(coding, &folder)?;
        if json {
            output::json(&mut out, &report)?;
        } else {
            super::coding::print(&mut out, &report)?;
        }
        return Ok(verdict(report.problems.is_empty()));
    }
    let report = source::verify(&spec, &home)?;
    if json {
        output::json(&mut out, &report)?;
    } else {
        print(&mut out, &report)?;
    }
    Ok(verdict(report.problems.is_empty()))
}

fn verdict(sound: bool) -> Exit {
    if sound { Exit::Done } else { Exit::Failed }
}

fn print(out: &mut impl Write, report: &Report) -> anyhow::Result<()> {
    let mut line = |name: &str, text: &str| {
        writeln!(out, "{name:16} {}", output::glyphs(&output::clean(text)))
    };
    line("set", report.set)?;
    line("folder", &report.folder.display().to_string())?;
    line(
        "images",
        &format!(
            "{}×{}×{}, {} classes",
            report.channels, report.size[0], report.size[1], report.classes
        ),
    )?;
    for (name, held) in [("training", &report.train), ("test", &report.test)] {
        let (least, most) = (held.per_class.iter().min(), held.per_class.iter().max());
        let each = match (least, most) {
            (Some(least), Some(most)) if least == most => format!("{least} of each class"),
            (Some(least), Some(most)) => format!("{least} to {most} of each class"),
            _ => "no classes".into(),
        };
        let images = held.images;
        line(
            name,
            &format!("{images}, {each}, {} repeated", held.repeated),
        )?;
    }
    line("test in training", &report.test_images_in_train.to_string())?;
    for file in &report.files {
        let verdict = if file.published {
            "as published"
        } else {
            "not the published file, perhaps packed anew"
        };
        line("checksum", &format!("{}: {verdict}", file.file))?;
    }
    for problem in &report.problems {
        line("WRONG", problem)?;
    }
    Ok(())
}

fn fetch(
    set: DataSet,
    to: Option<PathBuf>,
    from: Option<&str>,
    json: bool,
    context: &Context,
) -> anyhow::Result<Exit> {
    let published = source::source(set);
    if published.files.is_empty() {
        return Err(usage_text(match set {
            DataSet::Bundled => "the bundled set lies inside quell: there is nothing to fetch",
            DataSet::SyntheticFaces => "synthetic faces are drawn: there is nothing to fetch",
            DataSet::Bp4d | DataSet::Disfa => {
                "it is given out on request only, by its makers: docs/data.md says where its files go"
            }
            _ => "a folder of images is your own: there is nothing to fetch",
        }));
    }
    let home = context.store()?.data_home();
    let to = to.unwrap_or_else(|| home.join(set.as_str()));
    let spec = DataSpec {
        dir: Some(to.clone()),
        ..DataSpec::new(set)
    };
    let there = locate(&spec, &home).is_ok();
    let fetched = if there {
        Vec::new()
    } else {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}",
        ) {
            bar.set_style(style);
        }
        let mut progress = |file: &str, had: u64, whole: Option<u64>| {
            bar.set_prefix(file.to_string());
            if let Some(whole) = whole {
                bar.set_length(whole);
            }
            bar.set_position(had);
        };
        let fetched = source::fetch(published, &to, from, &mut progress);
        bar.finish_and_clear();
        fetched?
    };
    let folder = locate(&spec, &home)?;
    let mut out = std::io::stdout().lock();
    if json {
        let files: Vec<_> = fetched
            .iter()
            .map(|f| json!({"file": f.file, "bytes": f.bytes, "existed": f.existed}))
            .collect();
        let object = json!({"set": set, "folder": folder, "existed": there, "files": files});
        output::json(&mut out, &object)?;
    } else {
        let folder = output::clean(&folder.display().to_string());
        let what = if there {
            "was there already"
        } else {
            "is there"
        };
        writeln!(out, "{set} {what}: {folder}")?;
    }
    Ok(Exit::Done)
}
