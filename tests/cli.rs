//! The command line as scripts see it: the real binary, its exit codes, messages and JSON.
#![allow(missing_docs, clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// quell with a home and a configuration of its own, and nothing else of the user's.
fn quell(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quell"));
    command
        .env_remove("QUELL_HOME")
        .env("HOME", home.join("user"))
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env("NO_COLOR", "1")
        .args(["--home", home.to_str().unwrap()])
        .timeout(Duration::from_secs(300));
    command
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs and gives exit code, stdout and stderr.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Wrong usage: exit code 2 and every one of `words` in the message.
fn refused(command: &mut Command, words: &[&str]) {
    let (code, _, err) = run(command);
    assert_eq!(code, 2, "{err}");
    assert!(err.starts_with("error: "), "{err}");
    for word in words {
        assert!(err.contains(word), "`{word}` is not in: {err}");
    }
}

fn write_spec(folder: &Path, text: &str) -> String {
    let path = folder.join("spec.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().into()
}

const SPEC: &str = "name = \"tiny\"\n[data]\nset = \"bundled\"\ntrain_limit = 300\ntest_limit = 200\n\
    [model]\nname = \"mlp\"\n[noise]\nrates = [0.4]\n[quantizer]\nbits = [\"fp32\", \"w2a2\"]\n\
    [train]\nepochs = 2\nbatch_size = 50\nlr = 1e-3\ndevice = \"cpu\"\n";

#[test]
fn every_subcommand_has_help_with_an_example() {
    let home = home();
    for words in [
        vec![],
        vec!["run"],
        vec!["ls"],
        vec!["show"],
        vec!["compare"],
        vec!["stop"],
        vec!["pause"],
        vec!["resume"],
        vec!["rm"],
        vec!["watch"],
        vec!["preset"],
        vec!["preset", "list"],
        vec!["preset", "show"],
        vec!["data"],
        vec!["data", "list"],
        vec!["data", "verify"],
        vec!["data", "fetch"],
        vec!["data", "preview"],
        vec!["devices"],
        vec!["doctor"],
        vec!["parity"],
        vec!["bench"],
    ] {
        let (code, out, _) = run(quell(home.path()).args(&words).arg("--help"));
        assert_eq!(code, 0, "{words:?}");
        assert!(
            out.contains("Example") && out.contains("quell "),
            "{words:?}"
        );
    }
    let (code, out, _) = run(quell(home.path()).arg("--version"));
    assert_eq!(
        (code, out.trim()),
        (0, concat!("quell ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let home = home();
    let q = || quell(home.path());
    for words in [
        vec!["fly"],
        vec!["run"],
        vec!["run", "quickstart", "--device", "abacus"],
        vec!["run", "quickstart", "--jobs", "0"],
        vec!["stop"],
        vec!["rm"],
        vec!["compare", "--format", "html"],
        vec!["watch", "--plain", "--json"],
        vec!["bench", "--model", "gpt"],
    ] {
        assert_eq!(run(q().args(&words)).0, 2, "{words:?}");
    }
    refused(
        q().args(["compare", "--rows", "nois_rate"]),
        &["noise_rate"],
    );
    refused(
        q().args(["compare", "--metric", "memorized_"]),
        &["memorised"],
    );
    refused(
        q().args(["ls", "--where", "weight_bit<=4"]),
        &["weight_bits"],
    );
    refused(q().args(["ls", "--where", "model<cnn"]), &["no order"]);
    refused(q().args(["ls", "--sort", "-speeed"]), &["speed"]);
    refused(q().args(["show", "no-such-run"]), &["no-such-run"]);
    refused(q().args(["stop", "no-such-run"]), &["no-such-run"]);
    refused(
        q().args(["preset", "show", "nope"]),
        &["nope", "quickstart"],
    );
    refused(q().args(["bench", "--batch", "0"]), &["train.batch_size"]);
}

#[test]
fn a_bad_spec_is_refused_with_the_field_and_the_remedy() {
    let home = home();
    let q = || quell(home.path());
    refused(q().args(["run", "nope"]), &["nope", "quickstart"]);
    refused(q().args(["run", "gone.toml"]), &["gone.toml"]);
    for (set, words) in [
        ("noise.rates=[1.5]", vec!["noise.rates", "1.5", "0 to 1"]),
        ("quantizer.bits=[\"w1a1\"]", vec!["1 bit", "2 to 8"]),
        ("noise.rates=[]", vec!["noise.rates", "empty"]),
        (
            "noise.kind=asymmetric",
            vec!["noise.map", "bundled", "[from, to]"],
        ),
        (
            "noise.map=[[1, 2]]",
            vec!["noise.map", "symmetric", "leave it out"],
        ),
        ("train.seeds=[]", vec!["train.seeds", "empty"]),
        ("train.epoch=3", vec!["epoch"]),
        ("train.epochs", vec!["--set", "key=value"]),
        ("=3", vec!["--set"]),
        ("name.x=3", vec!["--set", "name"]),
        ("train.epochs=many", vec!["epochs"]),
    ] {
        refused(q().args(["run", "quickstart", "--set", set]), &words);
    }
    for (noise, words) in [
        (
            "kind = \"asymmetric\"\nmap = [[3, 3]]",
            ["noise.map", "[3, 3]", "itself"],
        ),
        (
            "kind = \"asymmetric\"\nmap = [[3, 10]]",
            ["noise.map", "[3, 10]", "0 to 9"],
        ),
        (
            "kind = \"asymmetric\"\nmap = [[3, 1], [3, 2]]",
            ["noise.map", "[3, 2]", "one other only"],
        ),
        (
            "kind = \"pair-flip\"\nrates = [0.5]",
            ["noise.rates", "pair-flip", "below 0.5"],
        ),
    ] {
        let text = SPEC.split("[noise]").next().unwrap();
        let spec =
            format!("{text}[noise]\n{noise}\n[train]\nepochs = 1\nbatch_size = 50\nlr = 1e-3\n");
        refused(q().args(["run", &write_spec(home.path(), &spec)]), &words);
    }
    for (method, quantizer) in [
        ("prune-weights", "name = \"binary\"\nbits = [\"w1a32\"]"),
        ("prune-channels", "name = \"dorefa\"\nbits = [\"w1a4\"]"),
    ] {
        let (text, rest) = SPEC.split_once("bits = [\"fp32\", \"w2a2\"]").unwrap();
        let spec = format!("{text}{quantizer}\n[method]\nnames = [\"{method}\"]{rest}");
        let path = write_spec(home.path(), &spec);
        refused(
            q().args(["run", &path]),
            &["method.names", method, "no level at zero", "at = \"fp32\""],
        );
    }
    let path = write_spec(home.path(), &SPEC.replace("[train]", "[train]\nspeed = 3"));
    refused(q().args(["run", &path]), &["spec.toml", "speed"]);
    // Nothing of all this was queued.
    assert_eq!(run(q().args(["ls", "--json"])).1.trim(), "[]");
}

#[test]
fn a_huge_grid_needs_a_yes() {
    let home = home();
    let seeds: Vec<String> = (0..50_000).map(|s| s.to_string()).collect();
    let text = SPEC.replace(
        "[train]",
        &format!("[train]\nseeds = [{}]", seeds.join(",")),
    );
    let path = write_spec(home.path(), &text);
    let begun = std::time::Instant::now();
    refused(
        quell(home.path()).args(["run", &path]),
        &["100000 runs", "--yes"],
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_missing_data_folder_is_refused_before_anything_is_queued() {
    let home = home();
    let text = SPEC.replace(
        "\"bundled\"",
        "\"fashion-mnist\"\ndir = \"/nowhere/at/all\"",
    );
    let path = write_spec(home.path(), &text);
    refused(
        quell(home.path()).args(["run", &path]),
        &["/nowhere/at/all"],
    );
    let text = SPEC.replace(
        "rates = [0.4]",
        "kind = \"file\"\nfile = \"/nowhere/labels.csv\"\nrates = [0, 1]",
    );
    let path = write_spec(home.path(), &text);
    refused(
        quell(home.path()).args(["run", &path]),
        &["noise.file", "/nowhere/labels.csv"],
    );
    assert_eq!(
        run(quell(home.path()).args(["ls", "--json"])).1.trim(),
        "[]"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_home_that_cannot_be_written_is_named() {
    // Not even root makes folders there.
    refused(quell(Path::new("/proc/quell")).arg("ls"), &["/proc/quell"]);
}

#[cfg(unix)]
#[test]
fn without_a_home_folder_the_message_names_the_way_out() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quell"));
    command
        .env_remove("QUELL_HOME")
        .env_remove("HOME")
        .arg("ls");
    refused(&mut command, &["HOME", "--home"]);
    // QUELL_HOME is enough.
    let home = home();
    let mut command = Command::new(env!("CARGO_BIN_EXE_quell"));
    command
        .env("QUELL_HOME", home.path())
        .env_remove("HOME")
        .args(["ls", "--json"]);
    let (code, out, err) = run(&mut command);
    assert_eq!((code, out.trim()), (0, "[]"), "{err}");
}

#[test]
fn presets_are_listed_shown_and_the_users_own_win() {
    let home = home();
    let (code, out, _) = run(quell(home.path()).args(["preset", "list", "--json"]));
    let list: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|p| p["name"] == "quickstart")
    );
    let (code, out, _) = run(quell(home.path()).args(["preset", "show", "quickstart"]));
    assert_eq!(code, 0);
    // What is shown can be run as a file.
    let path = write_spec(home.path(), &out);
    let (code, plan, err) = run(quell(home.path()).args(["run", &path, "--dry-run", "--json"]));
    assert_eq!(code, 0, "{err}");
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(
        (&plan["event"], &plan["runs"]),
        (&"plan".into(), &10.into())
    );

    let mut own = quell(home.path());
    let config = home.path().join("config");
    std::fs::create_dir_all(config.join("quell/presets")).unwrap();
    std::fs::write(config.join("quell/presets/quickstart.toml"), SPEC).unwrap();
    own.env("XDG_CONFIG_HOME", &config)
        .args(["preset", "show", "quickstart"]);
    if cfg!(target_os = "linux") {
        assert_eq!(run(&mut own).1, SPEC);
    }
}

#[test]
fn an_empty_store_is_no_error() {
    let home = home();
    for words in [
        vec!["ls"],
        vec!["ls", "--csv"],
        vec!["compare"],
        vec!["compare", "--format", "json"],
        vec!["compare", "--format", "csv"],
        vec!["watch"],
        vec!["watch", "--json"],
        vec!["stop", "--all"],
        vec!["pause", "--all"],
        vec!["resume", "--all"],
        vec!["rm", "--all"],
    ] {
        let (code, _, err) = run(quell(home.path()).args(&words));
        assert_eq!(code, 0, "{words:?}: {err}");
    }
}

#[test]
fn devices_and_doctor_report_without_driver_noise() {
    let home = home();
    let (code, out, err) = run(quell(home.path()).args(["devices", "--json"]));
    assert_eq!((code, err.as_str()), (0, ""));
    let devices: Value = serde_json::from_str(&out).unwrap();
    assert!(devices.as_array().unwrap().iter().any(|d| d["id"] == "cpu"));
    let (code, out, err) = run(quell(home.path()).args(["doctor", "--json"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let checks: Value = serde_json::from_str(&out).unwrap();
    for check in checks.as_array().unwrap() {
        // What is not well comes with what to do about it.
        assert!(
            check["verdict"] == "ok" || check["remedy"].is_string(),
            "{check}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = home();
    let line = format!(
        "'{}' --home '{}' ls --json | head -c 0; '{0}' compare --help | head -c 0",
        env!("CARGO_BIN_EXE_quell"),
        home.path().display()
    );
    let (code, _, err) = run(Command::new("sh").args(["-c", &line]));
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn a_tiny_grid_is_trained_and_every_report_agrees() {
    let home = home();
    let q = || quell(home.path());
    let path = write_spec(home.path(), SPEC);
    let (code, out, err) = run(q().args(["run", &path, "--json"]));
    assert_eq!(code, 0, "{out}{err}");
    let lines: Vec<Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let events = |name: &str| {
        lines
            .iter()
            .filter(|l| l["event"] == name)
            .collect::<Vec<_>>()
    };
    assert_eq!(events("plan")[0]["runs"], 2);
    assert_eq!(events("started").len(), 2);
    assert_eq!(events("epoch").len(), 4);
    assert_eq!(events("finished").len(), 2);
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["event"], &summary["finished"]),
        (&"summary".into(), &2.into())
    );

    // The list.
    let (_, out, _) = run(q().args(["ls", "--json"]));
    let list: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list, summary["runs"]);
    let runs = list.as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(
            (&run["state"], &run["epoch"]),
            (&"finished".into(), &2.into())
        );
        assert_eq!(run["sweep"], "tiny");
        for name in ["test_acc_last", "test_acc_best", "memorised"] {
            let share = run["metrics"][name].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&share), "{name}: {share}");
        }
    }

    // The table holds the figures of the list.
    let table = &summary["tables"][0];
    assert_eq!(
        (&table["rows"], &table["metric"]),
        (&"noise_rate".into(), &"test_acc_last".into())
    );
    let cells = table["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 2);
    for cell in cells {
        let run = runs.iter().find(|r| r["bits"] == cell["col"]).unwrap();
        assert_eq!(cell["mean"], run["metrics"]["test_acc_last"]);
        assert_eq!((&cell["n"], &cell["std"]), (&1.into(), &Value::Null));
    }
    let (_, out, _) = run(q().args(["compare", "--format", "json"]));
    assert_eq!(&serde_json::from_str::<Value>(&out).unwrap(), table);
    let (_, out, _) = run(q().args(["compare", "--format", "csv"]));
    assert_eq!(out.lines().count(), 2);
    assert!(out.contains(&cells[0]["mean"].to_string()), "{out}");
    let csv = home.path().join("out.csv");
    let csv = csv.to_str().unwrap();
    assert_eq!(
        run(q().args(["compare", "--format", "csv", "-o", csv])).0,
        0
    );
    assert_eq!(std::fs::read_to_string(csv).unwrap(), out);

    // One run, by the beginning of its id.
    let id = runs[0]["id"].as_str().unwrap();
    let (_, out, _) = run(q().args(["show", &id[..id.len() - 2], "--json"]));
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["run"], runs[0]);
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
    assert_eq!(run(q().args(["show", id])).0, 0);
    // 270 training images by true class and by the class they are told, in JSON and as a table.
    let noise = &shown["status"]["noise"];
    let rows = noise["confusion"].as_array().unwrap();
    let count = |row: &Value, of: usize| row[of].as_u64().unwrap();
    let wrong = |(i, row): (usize, &Value)| -> u64 {
        (0..10).filter(|&j| j != i).map(|j| count(row, j)).sum()
    };
    let flipped: u64 = rows.iter().enumerate().map(wrong).sum();
    assert_eq!(noise["flipped"], flipped);
    let (code, out, _) = run(q().args(["show", id, "--confusion"]));
    let first = count(&rows[0], 0).to_string();
    assert!(
        code == 0 && out.contains("true") && out.contains(&first),
        "{out}"
    );

    // The same again trains nothing, and ends with the same table.
    let (code, out, _) = run(q().args(["run", &path, "--json"]));
    let again: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(code, 0);
    assert!(!out.contains("\"event\":\"epoch\""));
    assert_eq!(again["tables"], summary["tables"]);

    // Deleting several runs needs a yes.
    refused(q().args(["rm", "tiny"]), &["--yes"]);
    assert_eq!(run(q().args(["rm", "tiny", "--yes"])).0, 0);
    assert_eq!(run(q().args(["ls", "--json"])).1.trim(), "[]");
}

#[test]
fn data_sets_are_listed_and_verified() {
    let home = home();
    let (code, out, err) = run(quell(home.path()).args(["data", "list", "--json"]));
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    let of = |name: &str| rows.iter().find(|r| r["set"] == name).unwrap();
    assert_eq!(of("bundled")["train"], 5_000);
    assert!(of("cifar100")["found"].is_null() && of("cifar100")["classes"] == 100);
    assert!(of("folder")["train"].is_null());
    let url = of("cifar10")["files"][0]["url"].as_str().unwrap();
    assert!(url.ends_with("cifar-10-binary.tar.gz"), "{url}");
    let (code, out, _) = run(quell(home.path()).args(["data", "list"]));
    assert!(
        code == 0 && out.contains("no: quell data fetch cifar10"),
        "{out}"
    );

    let (code, out, _) = run(quell(home.path()).args(["data", "verify", "bundled", "--json"]));
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["train"]["images"], 5_000);
    assert_eq!(report["problems"], Value::Array(Vec::new()));
    let (code, out, _) = run(quell(home.path()).args(["data", "verify", "bundled"]));
    assert!(code == 0 && out.contains("500 of each class"), "{out}");
    let digits = home.path().join("digits");
    std::fs::create_dir(&digits).unwrap();
    let row = vec!["0"; 65].join(",") + "\n";
    std::fs::write(digits.join("digits.csv"), row.repeat(1_797)).unwrap();
    let digits = digits.to_str().unwrap();
    let (code, out, _) = run(quell(home.path()).args(["data", "verify", "digits", digits]));
    assert!(
        code == 1 && out.contains("no training image is of class 1"),
        "{out}"
    );

    let mut command = quell(home.path());
    refused(
        command.args(["data", "verify", "cifar10"]),
        &["data fetch", "found no"],
    );
    let mut command = quell(home.path());
    refused(
        command.args(["data", "fetch", "bundled"]),
        &["nothing to fetch"],
    );
    let mut command = quell(home.path());
    refused(command.args(["data", "fetch", "folder"]), &["your own"]);
    let mut command = quell(home.path());
    refused(
        command.args(["data", "verify", "folder"]),
        &["verify folder DIR"],
    );
}

#[test]
fn noise_is_drawn_and_counted_before_anything_is_trained() {
    let home = home();
    let noise = |args: &[&str]| {
        let mut command = quell(home.path());
        run(command.args(["data", "noise", "quickstart"]).args(args))
    };
    let set = ["--set", "noise.kind=instance", "--json"];
    let (code, out, err) = noise(&set);
    assert_eq!(code, 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&found["kind"], &found["nominal_rate"]),
        (&"instance".into(), &0.4.into())
    );
    let rows = found["confusion"].as_array().unwrap();
    let count = |row: &Value| -> u64 {
        row.as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum()
    };
    // 4,000 images, a tenth of them for validation.
    assert_eq!(rows.iter().map(count).sum::<u64>(), 3_600);
    let kept: u64 = (0..10).map(|c| rows[c][c].as_u64().unwrap()).sum();
    assert_eq!(found["flipped"].as_u64(), Some(3_600 - kept));
    let (code, out, _) = noise(&["--set", "noise.rates=[0.5]"]);
    assert!(
        code == 0 && out.contains("of the training labels are wrong"),
        "{out}"
    );
    assert!(out.contains("told"), "{out}");
    refused(
        quell(home.path()).args(["data", "noise", "quickstart", "--set", "noise.rates=[2]"]),
        &["noise.rates"],
    );
}

#[test]
fn synthetic_faces_are_shown_and_written_only_where_it_is_said() {
    let home = home();
    refused(
        quell(home.path())
            .args([
                "data",
                "preview",
                "faces",
                "--size",
                "224",
                "--subjects",
                "100",
            ])
            .args(["--out", home.path().join("x.png").to_str().unwrap()]),
        &["too large", "--subjects"],
    );
    let q = || quell(home.path());
    let preview = |more: &[&str]| {
        let mut command = q();
        command.args(["data", "preview", "faces"]).args(more);
        command
    };
    let (code, out, err) = run(preview(&["--unit", "12"]).env("LC_ALL", "C.UTF-8"));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with("synthetic faces: unit 12, lip corner puller"),
        "{out}"
    );
    assert!(!out.contains('\x1b') && out.contains('▒'), "{out}");
    assert!(
        out.lines().count() <= 24 && out.lines().all(|l| l.chars().count() <= 80),
        "{out}"
    );
    // Other people, other faces; the same people, the same.
    assert_eq!(
        run(preview(&["--unit", "12"]).env("LC_ALL", "C.UTF-8")).1,
        out
    );
    assert_ne!(
        run(preview(&["--unit", "12", "--seed", "1"]).env("LC_ALL", "C.UTF-8")).1,
        out
    );
    let (_, plain, _) = run(preview(&[]).env("LC_ALL", "C"));
    assert!(plain.is_ascii() && plain.contains("S01:"), "{plain}");

    let sheet = home.path().join("sheet.png");
    let path = sheet.to_str().unwrap();
    let (code, out, err) = run(&mut preview(&["--size", "32", "--out", path]));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("60 synthetic faces") && out.contains(path),
        "{out}"
    );
    let whole = image::open(&sheet).unwrap();
    let (code, ..) = run(&mut preview(&[
        "--unit",
        "4",
        "--subjects",
        "2",
        "--grey",
        "--out",
        path,
    ]));
    assert_eq!(code, 0);
    let one = image::open(&sheet).unwrap();
    assert!(one.height() < whole.height() && one.width() < whole.width());

    refused(
        q().args(["data", "preview", "cifar10"]),
        &["cifar10", "synthetic-faces"],
    );
    refused(
        &mut preview(&["--unit", "3"]),
        &["unit 3", "1, 2, 4, 6, 7, 10, 12"],
    );
    for wrong in [
        ["--size", "31"],
        ["--size", "225"],
        ["--subjects", "0"],
        ["--unit", "x"],
    ] {
        assert_eq!(run(&mut preview(&wrong)).0, 2, "{wrong:?}");
    }
    let nowhere = home.path().join("no/such/folder/sheet.png");
    let (code, _, err) = run(&mut preview(&["--out", nowhere.to_str().unwrap()]));
    assert!(
        code == 1 && err.contains("sheet.png") && err.contains("writable"),
        "{err}"
    );
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "only the sheet is written: {left:?}");
}

#[test]
fn what_is_fetched_from_a_wrong_place_is_refused_and_the_rest_is_kept() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            use std::io::{Read, Write};
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        }
    });
    let home = home();
    let (code, out, err) = run(quell(home.path())
        .env("NO_PROXY", "127.0.0.1")
        .args(["data", "fetch", "digits", "--from", &address]));
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    // The SHA-256 of what was sent.
    assert!(
        err.contains("ba7816bf") && err.contains("digits.csv.gz"),
        "{err}"
    );
    let there = std::fs::read_dir(home.path().join("data/digits")).unwrap();
    assert_eq!(there.count(), 0);
}

#[test]
fn the_best_setting_by_validation_stands_in_the_table() {
    let home = home();
    let q = || quell(home.path());
    let text = SPEC
        .replace("\"fp32\", \"w2a2\"", "\"fp32\"")
        .replace("name = \"mlp\"", "name = \"mlp\"\nwidth = 0.1")
        .replace("epochs = 2", "epochs = 4\nseeds = [0, 1]")
        + "[method]\nnames = [\"prune-weights\"]\n[method.prune-weights]\nsparsity = [0.5, 0.99]\n";
    let (code, out, err) = run(q().args(["run", &write_spec(home.path(), &text), "--json"]));
    assert_eq!(code, 0, "{out}{err}");
    let pruned = out.lines().filter(|l| l.contains("weights are left"));
    assert_eq!(pruned.count(), 4, "{out}");
    let (_, out, _) = run(q().args(["ls", "--json"]));
    let list: Value = serde_json::from_str(&out).unwrap();
    let runs = list.as_array().unwrap();
    // The mean validation accuracy of each setting, and the settings in the order of it.
    let mean = |sparsity: &str, metric: &str| {
        let of = runs
            .iter()
            .filter(|r| r["setting"].as_str().unwrap().contains(sparsity));
        let values: Vec<f64> = of.map(|r| r["metrics"][metric].as_f64().unwrap()).collect();
        assert_eq!(values.len(), 2);
        values.iter().sum::<f64>() / 2.0
    };
    let names = ["sparsity 0.5", "sparsity 0.99"];
    let [half, most] = names.map(|n| mean(n, "val_acc_selected"));
    let best = names[usize::from(most > half)];

    let (_, out, _) = run(q().args(["compare", "--format", "json"]));
    let table: Value = serde_json::from_str(&out).unwrap();
    let cell = &table["cells"][0];
    assert_eq!(table["cells"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&cell["setting"], &cell["settings"]),
        (&best.into(), &2.into())
    );
    assert_eq!(
        (&cell["n"], &cell["mixes"]),
        (&2.into(), &Value::Array(vec![]))
    );
    assert!((cell["mean"].as_f64().unwrap() - mean(best, "test_acc_last")).abs() < 1e-12);
    let (_, out, _) = run(q().args(["compare"]));
    assert!(
        out.contains(best) && out.contains("best by validation"),
        "{out}"
    );
    let (_, out, _) = run(q().args(["compare", "--format", "csv"]));
    let (head, row) = out.split_once('\n').unwrap();
    assert!(
        head.ends_with("_setting") && row.trim_end().ends_with(best),
        "{out}"
    );

    // Settings on an axis stand side by side; a filter takes one.
    let (_, out, _) = run(q().args(["compare", "--cols", "setting", "--format", "json"]));
    let table: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(table["cells"].as_array().unwrap().len(), 2);
    let (_, out, _) = run(q().args(["ls", "--where", "setting:*0.99*", "--json"]));
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 2);

    // Pruned weights are not stored.
    let bytes = |sparsity: &str| mean(sparsity, "model_bytes");
    assert!(bytes("sparsity 0.99") < bytes("sparsity 0.5"));
}

#[test]
fn suspects_are_mislabelled_more_often_than_chance_has_it() {
    let home = home();
    let q = || quell(home.path());
    let text = SPEC
        .replace("train_limit = 300\ntest_limit = 200\n", "")
        .replace("bits = [\"fp32\", \"w2a2\"]", "bits = [\"fp32\"]")
        .replace("epochs = 2", "epochs = 3");
    let path = write_spec(home.path(), &text);
    assert_eq!(run(q().args(["run", &path, "--json"])).0, 0);
    let (_, out, _) = run(q().args(["ls", "--json"]));
    let runs: Value = serde_json::from_str(&out).unwrap();
    let (id, noise) = (&runs[0]["id"], &runs[0]["actual_noise_rate"]);
    let id = id.as_str().unwrap();
    let suspects = |by: &str| -> Value {
        let args = ["show", id, "--suspects", "200", "--by", by, "--json"];
        let (code, out, err) = run(q().args(args));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    for by in ["aum", "forgetting", "loss"] {
        let found = suspects(by);
        assert_eq!(&found["base_rate"], noise);
        assert_eq!(
            (&found["by"], &found["samples"]),
            (&by.into(), &4500.into())
        );
        let rows = found["suspects"].as_array().unwrap();
        let wrong = rows.iter().filter(|r| r["mislabelled"] == true).count();
        assert_eq!(
            (rows.len(), found["found"].as_u64()),
            (200, Some(wrong as u64))
        );
        let precision = found["precision"].as_f64().unwrap();
        assert_eq!(precision, wrong as f64 / 200.0);
        let recall = wrong as f64 / found["mislabelled"].as_f64().unwrap();
        assert_eq!(found["recall"].as_f64(), Some(recall));
        // By chance it would be 0.36 ± 0.034.
        assert!(precision > 0.7, "{by}: {precision}");
    }
    // The most suspicious first, and the mask is that of the noise.
    let found = suspects("aum");
    let rows = found["suspects"].as_array().unwrap();
    let aum: Vec<f64> = rows.iter().map(|r| r["aum"].as_f64().unwrap()).collect();
    assert!(aum.is_sorted());
    let mask = home.path().join("runs").join(id).join("noise.csv");
    let mask = std::fs::read_to_string(mask).unwrap();
    for row in rows {
        let line = format!(
            "\n{},{},{},train\n",
            row["index"], row["true"], row["label"]
        );
        assert_eq!(mask.contains(&line), row["mislabelled"] == true, "{row}");
    }

    // The same as CSV, and for people.
    let csv = |to: &str| run(q().args(["show", id, "--suspects", "5", "--csv", to]));
    let (_, out, _) = csv("-");
    let mut lines = out.lines();
    let header = "rank,index,label,true,mislabelled,aum,forgotten,learned_ever,loss";
    assert_eq!(lines.next(), Some(header));
    let first = format!("1,{},{},", rows[0]["index"], rows[0]["label"]);
    assert!(lines.next().unwrap().starts_with(&first), "{out}");
    assert_eq!(lines.count(), 4);
    let file = home.path().join("suspects.csv");
    assert!(csv(file.to_str().unwrap()).1.contains("precision"));
    assert_eq!(std::fs::read_to_string(file).unwrap(), out);
    let (_, out, _) = run(q().args(["show", id, "--suspects", "3"]));
    assert!(out.contains("base rate") && out.contains("recall"), "{out}");
    for words in [
        vec!["--suspects", "0"],
        vec!["--by", "loss"],
        vec!["--suspects", "3", "--by", "age"],
        vec!["--suspects", "3", "--csv", "-", "--json"],
    ] {
        assert_eq!(run(q().args(["show", id]).args(&words)).0, 2, "{words:?}");
    }
    std::fs::remove_file(home.path().join("runs").join(id).join("samples.csv")).unwrap();
    refused(q().args(["show", id, "--suspects", "3"]), &[id, "epoch"]);
}

/// A made-up BP4D: six subjects of one task with four coded frames each. One picture is missing, one
/// line is ragged, some labels are unknown, and one more subject has pictures and no labels.
fn bp4d(dir: &Path) {
    let units = [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24];
    let header = units.map(|u: u8| u.to_string()).join(",");
    let labels = dir.join("AUCoding/AU_OCC");
    std::fs::create_dir_all(&labels).unwrap();
    for subject in 1..=7u8 {
        let folder = dir.join(format!("img/F00{subject}/T1"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut table = format!("0,{header}\n");
        for frame in 1..=4u8 {
            let code = |unit: u8| match (subject, frame, unit) {
                (2, 3, 12) => "9",
                _ if (unit + frame + subject).is_multiple_of(3) => "1",
                _ => "0",
            };
            table += &format!("{frame},{}\n", units.map(code).join(","));
            if (subject, frame) != (1, 1) {
                let grey = image::Luma([subject * 30 + frame * 5]);
                let picture = image::GrayImage::from_pixel(40, 48, grey);
                picture
                    .save(folder.join(format!("{frame:04}.jpg")))
                    .unwrap();
            }
        }
        if subject == 3 {
            table += "5,1,0\n";
        }
        if subject < 7 {
            std::fs::write(labels.join(format!("F00{subject}_T1.csv")), table).unwrap();
        }
    }
}

#[test]
fn coded_faces_are_verified_and_trained_on() {
    let home = home();
    let dir = home.path().join("BP4D");
    let place = dir.to_str().unwrap().to_string();
    refused(
        quell(home.path()).args(["data", "verify", "bp4d", &place]),
        &["bp4d", "BP4D", "on request"],
    );
    bp4d(&dir);
    let (code, out, err) =
        run(quell(home.path()).args(["data", "verify", "bp4d", &place, "--json"]));
    assert_eq!(code, 1, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["subjects"], &report["missing"]),
        (&6.into(), &1.into())
    );
    assert_eq!(report["unknown"], 1);
    let (_, out, _) = run(quell(home.path()).args(["data", "verify", "bp4d", &place]));
    assert!(
        out.contains("AU 12") && out.contains("F003_T1.csv"),
        "{out}"
    );
    refused(
        quell(home.path()).args(["data", "fetch", "bp4d"]),
        &["on request"],
    );

    let text = format!(
        "name = \"faces\"\n[data]\nset = \"bp4d\"\ndir = {place:?}\nsize = 24\ngrey = true\n\
         [model]\nname = \"au-cnn\"\nwidth = 0.1\n[train]\nepochs = 1\nbatch_size = 8\nlr = 1e-3\n\
         device = \"cpu\"\n"
    );
    let path = write_spec(home.path(), &text);
    let (code, out, err) = run(quell(home.path()).args(["run", &path]));
    assert_eq!(code, 0, "{err}");
    let lines: Vec<Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let of = |event: &str| {
        lines
            .iter()
            .filter(|l| l["event"] == event)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("finished").len(), 3);
    for begun in of("started") {
        // Two subjects of six are tested on, and one is held out.
        let images = begun["train_samples"].as_u64().unwrap();
        assert!((11..=12).contains(&images), "{images}");
        assert_eq!(begun["noise"]["units"].as_array().unwrap().len(), 12);
    }
    let warned = of("warning");
    assert!(
        warned
            .iter()
            .any(|w| w["text"].as_str().unwrap().contains("F001")),
        "{warned:?}"
    );
    assert!(home.path().join("data/cache").is_dir());
}

#[test]
fn units_of_drawn_faces_stand_in_tables_that_say_so() {
    let home = home();
    let text = "name = \"faces\"\n[data]\nset = \"synthetic-faces\"\nsize = 24\ngrey = true\n\
         subjects = 6\nframes = 6\n[model]\nname = \"au-cnn\"\nwidth = 0.1\n[noise]\nkind = \"annotator\"\n\
         rates = [0.2]\n[quantizer]\nbits = [\"fp32\", \"w4a4\"]\n[method]\nnames = [\"none\", \"robin-hood\"]\n\
         at = \"fp32\"\n[train]\nepochs = 1\nbatch_size = 8\nlr = 1e-3\ndevice = \"cpu\"\n";
    let path = write_spec(home.path(), text);
    let (code, out, err) = run(quell(home.path()).args(["data", "noise", &path]));
    assert!(
        code == 0 && out.contains("AU 24") && out.contains("false alarms"),
        "{err}{out}"
    );
    let (code, out, err) = run(quell(home.path()).args(["run", &path]));
    assert_eq!(code, 0, "{err}");
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["finished"], 9);
    let metrics: Vec<&str> = (last["tables"].as_array().unwrap().iter())
        .map(|table| table["metric"].as_str().unwrap())
        .collect();
    assert_eq!(metrics, ["f1_last", "f1_spread", "memorised"]);

    let units = ["compare", "--rows", "unit", "--cols", "treatment"];
    let (code, out, _) = run(quell(home.path()).args(units));
    assert!(
        code == 0 && out.contains("F1 (last)") && out.contains("AU 12"),
        "{out}"
    );
    assert!(
        out.contains("all") && out.contains("synthetic") && out.contains("3 runs"),
        "{out}"
    );
    let (_, out, _) = run(quell(home.path()).args(units).args(["--format", "csv"]));
    assert_eq!(out.lines().count(), 14);
    assert!(
        out.lines().skip(1).all(|line| line.ends_with(",synthetic")),
        "{out}"
    );

    let (_, out, _) = run(quell(home.path()).args(["ls", "--json", "--where", "fold=2 bits=w4a4"]));
    let runs: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(runs.len(), 1);
    let id = runs[0]["id"].as_str().unwrap();
    assert!(
        id.starts_with("synthetic-faces-au-cnn-annot20-w4a4-s0f2-"),
        "{id}"
    );
    let (_, out, _) = run(quell(home.path()).args(["show", id]));
    assert!(
        out.contains("units, mean of the last") && out.contains("test F1 [%]"),
        "{out}"
    );
    let (code, out, err) = run(quell(home.path()).args(["show", id, "--suspects", "5"]));
    assert!(code == 0 && out.contains("unit"), "{err}{out}");
}
