//! Tests of what is found in a data set's folder.
#![allow(clippy::unwrap_used)]

use super::testing::*;
use super::*;
use proptest::prelude::*;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

const T1: &str = "AUCoding/AU_OCC/F001_T1.csv";
const AU1: &str = "ActionUnit_Labels/SN001/SN001_au1.txt";

fn edit(dir: &Path, path: &str, change: impl Fn(String) -> String) {
    let text = std::fs::read_to_string(dir.join(path)).unwrap();
    std::fs::write(dir.join(path), change(text)).unwrap();
}

fn remove(dir: &Path, path: &str) {
    let path = dir.join(path);
    if path.is_dir() {
        std::fs::remove_dir_all(path).unwrap();
    } else {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_sound_copy_of_bp4d_is_counted() {
    let report = verify(Coding::Bp4d, bp4d().path()).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.set, report.subjects, report.tasks),
        ("bp4d", 2, Some(3))
    );
    assert_eq!((report.frames, report.images, report.used), (5, 5, 5));
    assert_eq!(
        (report.missing, report.uncoded_images, report.unknown),
        (0, 1, 2)
    );
    let unit = |number: u8| report.units.iter().find(|u| u.unit == number).unwrap();
    let counts = |number| (unit(number).positives, unit(number).known);
    assert_eq!((counts(1), counts(2), counts(12)), ((1, 4), (0, 4), (2, 5)));
    assert_eq!(unit(1).base_rate, Some(0.25));
    assert_eq!(report.units.len(), 12);
}

#[test]
fn a_sound_copy_of_disfa_is_counted() {
    let tree = disfa();
    let report = verify(Coding::Disfa, tree.path()).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.subjects, report.tasks, report.used), (2, None, 6));
    // Of intensities 1, 0, 2 only the last is present.
    assert_eq!(report.units[0].positives, 2);
    let twelve = report.units.iter().find(|u| u.unit == 12).unwrap();
    assert_eq!((twelve.positives, twelve.known), (4, 6));
    // The other name of the folder.
    std::fs::rename(tree.path().join("frames"), tree.path().join("images")).unwrap();
    assert_eq!(verify(Coding::Disfa, tree.path()).unwrap().used, 6);
}

/// What is odd about a tree after a change: kinds and counts, used frames, and all as text.
fn odd(coding: Coding, change: &dyn Fn(&Path)) -> (Vec<(Oddity, usize)>, usize, String) {
    let tree = match coding {
        Coding::Bp4d => bp4d(),
        Coding::Disfa => disfa(),
    };
    change(tree.path());
    let report = verify(coding, tree.path()).unwrap();
    let text: Vec<String> = report.problems.iter().map(Problem::to_string).collect();
    (kinds(&report.problems), report.used, text.join("\n"))
}

type Change = Box<dyn Fn(&Path)>;
/// A change, the problems it makes, the frames that can be used after it, part of the text.
type Case = (Change, Vec<(Oddity, usize)>, usize, &'static str);

fn changed(path: &'static str, change: impl Fn(String) -> String + 'static) -> Change {
    Box::new(move |dir| edit(dir, path, &change))
}

fn added(path: &'static str, bytes: impl AsRef<[u8]> + 'static) -> Change {
    Box::new(move |dir| write(dir, path, &bytes))
}

#[test]
fn what_is_odd_about_bp4d_is_counted_with_an_example_and_never_fatal() {
    use Oddity::*;
    let zeros = ",0".repeat(28);
    let line = move |frame: &'static str| {
        let zeros = zeros.clone();
        changed(T1, move |text| format!("{text}{frame}{zeros}\n"))
    };
    let cases: Vec<Case> = vec![
        (
            Box::new(|dir| remove(dir, "img/F001/T1/2440.jpg")),
            vec![(ImageMissing, 1)],
            4,
            "F001_T1.csv line 2, frame 2440",
        ),
        (
            Box::new(|dir| remove(dir, "img/F001/T1")),
            vec![(ImageMissing, 2)],
            3,
            "frame 999; AUCoding/AU_OCC/F001_T1.csv line 2, frame 2440",
        ),
        (
            Box::new(|dir| remove(dir, "img/M002")),
            vec![(NoImages, 1), (ImageMissing, 2)],
            3,
            "M002, 2 coded frames",
        ),
        (
            Box::new(|dir| remove(dir, "AUCoding/AU_OCC/M002_T1.csv")),
            vec![(NoLabels, 1)],
            3,
            "M002, 3 images",
        ),
        (
            changed(T1, |text| text + "7,0,1\n"),
            vec![(RaggedLine, 1)],
            5,
            "line 4: 3 fields, the first line has 29",
        ),
        (line("-4"), vec![(BadFrame, 1)], 5, "line 4: `-4`"),
        (line("../../x"), vec![(BadFrame, 1)], 5, "`../../x`"),
        (
            line("99999999999999999999"),
            vec![(BadFrame, 1)],
            5,
            "line 4",
        ),
        (
            line("0999"),
            vec![(RepeatedFrame, 1)],
            5,
            "line 4: frame 999",
        ),
        (line("31"), vec![(ImageMissing, 1)], 5, "line 4, frame 31"),
        (
            changed(T1, |text| text.replace("2440,1", "2440,2")),
            vec![(BadLabel, 1)],
            4,
            "F001_T1.csv line 2: `2` for unit `1`, not 0, 1 or 9",
        ),
        // Of a unit that is not used nothing is asked.
        (
            changed(T1, |text| text.replace("0,9,0", "0,x,0")),
            vec![],
            5,
            "",
        ),
        (
            changed(T1, |text| text.replacen(",2,3,", ",b,3,", 1)),
            vec![(UnitMissing, 1)],
            5,
            "F001_T1.csv: no column `2`",
        ),
        (
            changed(T1, |text| text.replacen(",2,3,", ",2,2,", 1)),
            vec![(UnitMissing, 1)],
            5,
            "two columns `2`",
        ),
        (added(T1, ""), vec![(EmptyLabelFile, 1)], 3, "F001_T1.csv"),
        (
            changed(T1, |text| text.lines().next().unwrap().into()),
            vec![(EmptyLabelFile, 1)],
            3,
            "F001_T1.csv",
        ),
        (
            added("AUCoding/AU_OCC/notes.csv", ""),
            vec![(ForeignLabelFile, 1)],
            5,
            "AU_OCC/notes.csv",
        ),
        (
            added("AUCoding/AU_OCC/F001_T01.csv", ""),
            vec![(ForeignLabelFile, 1)],
            5,
            "F001_T01.csv",
        ),
        (added("AUCoding/AU_OCC/._F001_T1.csv", ""), vec![], 5, ""),
        (
            added("img/F001/T1/a.jpg", ""),
            vec![(UnnumberedImage, 1)],
            5,
            "img/F001/T1/a.jpg",
        ),
        (
            added("img/F001/T1/02440.jpg", ""),
            vec![(TwoImages, 1)],
            5,
            "img/F001/T1/2440.jpg",
        ),
        (
            added(
                "AUCoding/AU_OCC/M002_T1.csv",
                format!(
                    "0{}\n7{}\n",
                    (1..=24).map(|u| format!(",{u}")).collect::<String>(),
                    ",9".repeat(24)
                ),
            ),
            vec![(NothingKnown, 1)],
            3,
            "M002_T1.csv line 2, frame 7",
        ),
        (
            added(
                "crops.csv",
                "image,left,top,width,height\nimg/F002,0,0,9,9\nimg/M002/T1/9.jpg,0,0,9,9\n",
            ),
            vec![(CropOfNothing, 1)],
            5,
            "line 2: img/F002",
        ),
    ];
    for (change, expected, used, example) in cases {
        let (kinds, left, text) = odd(Coding::Bp4d, &change);
        assert_eq!((kinds, left), (expected, used), "{example}: {text}");
        assert!(text.contains(example), "{example}: {text}");
    }
}

#[test]
fn what_is_odd_about_disfa_is_counted_with_an_example_and_never_fatal() {
    use Oddity::*;
    let cases: Vec<Case> = vec![
        (
            Box::new(|dir| remove(dir, AU1)),
            vec![(UnitMissing, 1)],
            6,
            "SN001_au1.txt is missing",
        ),
        (
            added(AU1, "1,0\n2,1\n"),
            vec![(FramesDiffer, 1)],
            6,
            "SN001_au1.txt has 2 of 3 frames",
        ),
        (
            added(AU1, "1,0\n2,1\n10\n"),
            vec![(RaggedLine, 1), (FramesDiffer, 1)],
            6,
            "line 3: 1 fields, not `frame,intensity`",
        ),
        (
            added(AU1, "1,0\n2,6\n10,0\n"),
            vec![(BadLabel, 1), (FramesDiffer, 1)],
            6,
            "line 2: `6`, not 0 to 5",
        ),
        (
            added(AU1, "1,0\n2,256\n10,0\n"),
            vec![(BadLabel, 1), (FramesDiffer, 1)],
            6,
            "`256`",
        ),
        (
            added(AU1, "one,0\n1,0\n2,0\n10,0\n10,1\n"),
            vec![(BadFrame, 1), (RepeatedFrame, 1)],
            6,
            "line 5: frame 10",
        ),
        (
            added(AU1, "\n \n"),
            vec![(EmptyLabelFile, 1), (FramesDiffer, 1)],
            6,
            "SN001_au1.txt has 0 of 3",
        ),
        (
            // What no other unit has is a frame all the same.
            added(AU1, "1,0\n2,1\n10,0\n11,3\n"),
            vec![(FramesDiffer, 7), (ImageMissing, 1)],
            6,
            "SN001_au1.txt line 4, frame 11",
        ),
        (
            Box::new(|dir| remove(dir, "ActionUnit_Labels/SN001")),
            vec![(NoLabels, 1)],
            3,
            "SN001, 3 images",
        ),
        (
            Box::new(|dir| {
                remove(dir, "ActionUnit_Labels/SN001");
                write(dir, "ActionUnit_Labels/SN001/SN001_au5.txt", "1,2\n");
            }),
            vec![(NoLabels, 1)],
            3,
            "SN001, 3 images",
        ),
    ];
    for (change, expected, used, example) in cases {
        let (kinds, left, text) = odd(Coding::Disfa, &change);
        assert_eq!((kinds, left), (expected, used), "{example}: {text}");
        assert!(text.contains(example), "{example}: {text}");
    }
}

#[test]
fn windows_line_ends_byte_order_marks_and_spaces_are_read() {
    let spaced =
        |text: String| format!("\u{feff}{}", text.replace(',', " , ").replace('\n', "\r\n"));
    let (kinds, used, text) = odd(Coding::Bp4d, &|dir| edit(dir, T1, spaced));
    assert_eq!((kinds.len(), used), (0, 5), "{text}");
    let (kinds, used, text) = odd(Coding::Disfa, &|dir| edit(dir, AU1, spaced));
    assert_eq!((kinds.len(), used), (0, 6), "{text}");
}

#[test]
fn lines_are_numbered_as_an_editor_does_and_strange_bytes_shown_harmlessly() {
    let bytes = [
        b"\xef\xbb\xbf1,0\r\n\r\n2,0\r\n".as_slice(),
        b"\xff\x1b[2J,\"1\r\n10,0",
    ]
    .concat();
    let (kinds, _, text) = odd(Coding::Disfa, &|dir| write(dir, AU1, &bytes));
    assert_eq!(kinds, [(Oddity::BadFrame, 1)]);
    assert!(text.contains("line 4: `\u{fffd}\\u{1b}[2J`"), "{text}");
}

#[test]
fn of_many_only_a_few_are_shown() {
    let (kinds, _, text) = odd(Coding::Disfa, &|dir| write(dir, AU1, "x,0\n".repeat(50)));
    assert_eq!(kinds[0], (Oddity::BadFrame, 50));
    assert!(
        text.starts_with("lines whose frame is no whole number, passed over: 50, such as "),
        "{text}"
    );
    assert_eq!(text.matches("`x`").count(), 3);
}

#[test]
fn links_are_followed_once_and_never_in_circles() {
    let (kinds, used, text) = odd(Coding::Bp4d, &|dir| {
        // Round in a circle, up again, and to nowhere.
        symlink("T7", dir.join("img/F001/T7")).unwrap();
        symlink("../..", dir.join("img/F001/T8")).unwrap();
        symlink(".", dir.join("img/F099")).unwrap();
        symlink("nowhere.jpg", dir.join("img/F001/T1/77.jpg")).unwrap();
        symlink("F001_T9.csv", dir.join("AUCoding/AU_OCC/F001_T9.csv")).unwrap();
        // A folder that lies on another disk is an honest use of a link.
        std::fs::rename(dir.join("img/M002"), dir.join("elsewhere")).unwrap();
        symlink("../elsewhere", dir.join("img/M002")).unwrap();
    });
    assert_eq!((kinds.len(), used), (0, 5), "{text}");
}

#[test]
fn folders_named_like_files_and_names_that_are_no_text_are_passed_over() {
    let (kinds, used, text) = odd(Coding::Bp4d, &|dir| {
        std::fs::create_dir(dir.join("AUCoding/AU_OCC/F001_T3.csv")).unwrap();
        std::fs::create_dir(dir.join("img/F001/T1/12.jpg")).unwrap();
        let name = std::ffi::OsStr::from_bytes(b"\xff1.jpg");
        std::fs::write(dir.join("img/F001/T1").join(name), "").unwrap();
    });
    assert_eq!((kinds.len(), used), (0, 5), "{text}");
    let (kinds, _, text) = odd(Coding::Disfa, &|dir| {
        remove(dir, AU1);
        std::fs::create_dir(dir.join(AU1)).unwrap();
    });
    assert_eq!(kinds, [(Oddity::Unreadable, 1)], "{text}");
}

#[test]
fn where_nothing_can_be_used_folder_and_remedy_are_told() {
    let error = |coding, change: &dyn Fn(&Path)| {
        let tree = match coding {
            Coding::Bp4d => bp4d(),
            Coding::Disfa => disfa(),
        };
        change(tree.path());
        let error = verify(coding, tree.path()).unwrap_err().to_string();
        let shown = tree.path().display().to_string();
        assert!(error.contains(&shown), "{error}");
        error
    };
    use Coding::*;
    for (error, reason) in [
        (
            error(Bp4d, &|dir| remove(dir, "")),
            "bp4d: found no folder in",
        ),
        (
            error(Bp4d, &|dir| remove(dir, "AUCoding")),
            "found no AUCoding/AU_OCC/F001_T1.csv in",
        ),
        (
            error(Bp4d, &|dir| remove(dir, "img")),
            "found no img/F001/T1/2440.jpg or",
        ),
        (
            error(Disfa, &|dir| remove(dir, "ActionUnit_Labels")),
            "disfa: found no ActionUnit_Labels/SN001/SN001_au1.txt in",
        ),
        (
            error(Disfa, &|dir| remove(dir, "frames")),
            "docs/data.md has the ffmpeg line",
        ),
        (
            error(Bp4d, &|dir| {
                for name in ["F001_T1", "F001_T2", "M002_T1"] {
                    write(dir, &format!("AUCoding/AU_OCC/{name}.csv"), b"\xff\xfe\0");
                }
            }),
            "has a sound line of labels (files of labels without a label: 3",
        ),
        (
            error(Bp4d, &|dir| {
                remove(dir, "img/F001");
                remove(dir, "img/M002/T1/7.jpg");
                remove(dir, "img/M002/T1/8.PNG");
            }),
            "of 5 coded frames, 0 have an image",
        ),
        (
            error(Bp4d, &|dir| {
                write(
                    dir,
                    "crops.csv",
                    "image,left,top,width,height\nimg,0,0,0,1\n",
                )
            }),
            "crops.csv line 2: width is `0`",
        ),
    ] {
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_label_file_is_too_strange(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        text in "[0-9,\\n\\r\" x-]{0,200}",
    ) {
        let bp4d = bp4d();
        let disfa = disfa();
        let header = occurrences(&[]);
        for content in [bytes.as_slice(), text.as_bytes()] {
            let below = [header.as_bytes(), content].concat();
            for content in [content, &below] {
                write(bp4d.path(), T1, content);
                let report = verify(Coding::Bp4d, bp4d.path()).unwrap();
                // The frames of the other files are there still.
                prop_assert!(report.used >= 3 && report.used <= 5);
            }
            write(disfa.path(), AU1, content);
            let report = verify(Coding::Disfa, disfa.path()).unwrap();
            prop_assert_eq!(report.used, 6);
        }
    }
}
