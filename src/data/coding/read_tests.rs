//! Tests of cropping.
#![allow(clippy::unwrap_used)]

use super::testing::*;
use super::*;
use crate::data::coded::UNKNOWN;
use image::{Rgb, RgbImage};

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn images_are_in_the_order_of_subject_task_and_frame_with_their_labels() {
    let tree = bp4d();
    let mut told = Vec::new();
    let home = home();
    let progress = &mut |done, all| told.push((done, all));
    let found = read(Coding::Bp4d, tree.path(), &colour(8), home.path(), progress).unwrap();
    assert_eq!(found.problems, []);
    let coded = found.coded;
    // JPEG is near, not equal.
    let near = |found: u8, grey: u8| found.abs_diff(grey) <= 2;
    let firsts = firsts(&coded);
    assert!(
        firsts
            .iter()
            .zip([10, 20, 30, 40, 50])
            .all(|(f, g)| near(*f, g)),
        "{firsts:?}"
    );
    assert_eq!(coded.subjects, [0, 0, 0, 1, 1]);
    assert_eq!(coded.subject_names, ["F001", "M002"]);
    assert_eq!(coded.units, Coding::Bp4d.units());
    let row = |i: usize| &coded.labels[i * 12..(i + 1) * 12];
    assert_eq!(row(0), [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(row(1), [1, UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(row(2), [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_eq!(row(3), [0; 12]);
    assert_eq!(row(4), [UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert!(coded.intensities.is_none());
    let images = &coded.images;
    assert_eq!(
        (images.count, images.channels, images.height, images.width),
        (5, 3, 8, 8)
    );
    assert_eq!(told, [(3, 5), (5, 5)]);
}

#[test]
fn intensities_of_disfa_are_kept_and_two_of_five_is_present() {
    let tree = disfa();
    let (tree, home) = (tree.path(), home());
    std::fs::remove_file(tree.join("ActionUnit_Labels/SN012/SN012_au26.txt")).unwrap();
    let coded = read_all(Coding::Disfa, tree, home.path()).unwrap().coded;
    assert_eq!(firsts(&coded), [60, 70, 80, 30, 40, 50]);
    assert_eq!(coded.labels[..8], [0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(coded.labels[8..16], [0; 8]);
    assert_eq!(coded.labels[16..24], [1; 8]);
    assert_eq!(coded.labels[24..32], [0, 0, 0, 0, 0, 1, 0, UNKNOWN]);
    let intensities = coded.intensities.unwrap();
    assert_eq!(intensities[..8], [0.2, 0.2, 0.2, 0.2, 0.2, 1.0, 0.2, 0.2]);
    assert_eq!(
        intensities[24..32],
        [0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.2, 0.0]
    );
}

/// Columns of 8 pixels each in greys of 10, 20, …
fn columns(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        let grey = (x / 8 + 1) as u8 * 10;
        Rgb([grey, grey, grey])
    })
}

#[test]
fn the_square_in_the_middle_or_the_rectangle_of_crops_csv_is_cut_out() {
    let tree = disfa();
    let dir = tree.path();
    for frame in ["1", "00002", "10"] {
        columns(32, 8)
            .save(dir.join(format!("frames/SN001/{frame}.png")))
            .unwrap();
    }
    let head = "image,left,top,width,height\n";
    let lines = "frames/SN001,8,0,8,8\nframes/SN001/00002.png,16,0,16,8\n";
    let home = home();
    let greys = || {
        let coded = read_all(Coding::Disfa, dir, home.path()).unwrap().coded;
        let row = |image: &[u8]| image[56..64].to_vec();
        let images = coded.images.pixels.chunks_exact(192);
        images.map(row).collect::<Vec<_>>()
    };
    // The middle is 12 to 20: half of the second column and half of the third.
    assert_eq!(greys()[0], [20, 20, 20, 20, 30, 30, 30, 30]);
    write(dir, "crops.csv", format!("{head}{lines}"));
    let cut = greys();
    assert_eq!((&cut[0], &cut[2]), (&vec![20; 8], &vec![20; 8]));
    assert_eq!((cut[1][0], cut[1][7]), (30, 40));
    // A changed rectangle is another image.
    write(dir, "crops.csv", format!("{head}frames/SN001,0,0,8,8\n"));
    assert_eq!(greys()[1], [10; 8]);
}

#[test]
fn images_can_be_grey_and_of_sizes_from_8_to_224() {
    let (tree, home) = (disfa(), home());
    let of = |size, grey| {
        let crop = CropSpec { size, grey };
        read(
            Coding::Disfa,
            tree.path(),
            &crop,
            home.path(),
            &mut |_, _| {},
        )
    };
    let grey = of(16, true).unwrap().coded;
    assert_eq!((grey.images.channels, grey.images.stride()), (1, 256));
    assert_eq!(firsts(&grey), firsts(&of(224, false).unwrap().coded));
    for size in [0, 7, 225] {
        let error = of(size, false).unwrap_err().to_string();
        assert!(error.starts_with(&format!(
            "data.size = {size}: images are cropped to 8 to 224"
        )));
    }
}

#[test]
fn a_picture_that_cannot_be_used_is_passed_over_with_its_labels_and_counted() {
    let tree = disfa();
    let (dir, home) = (tree.path(), home());
    write(dir, "frames/SN001/1.png", "no picture");
    write(
        dir,
        "frames/SN012/10.png",
        &std::fs::read(dir.join("frames/SN012/1.png")).unwrap()[..40],
    );
    write(
        dir,
        "crops.csv",
        "image,left,top,width,height\nframes/SN012/1.png,0,0,16,13\n",
    );
    // Fresh, and out of the cache.
    for _ in 0..2 {
        let found = read_all(Coding::Disfa, dir, home.path()).unwrap();
        assert_eq!(
            kinds(&found.problems),
            [(Oddity::CropOutside, 1), (Oddity::BrokenImage, 2)]
        );
        let text = found.problems[0].to_string();
        assert!(
            text.ends_with("frames/SN012/1.png: 16×13 pixels from 0, 0 do not lie in its 16×12"),
            "{text}"
        );
        let coded = found.coded;
        assert_eq!(firsts(&coded), [70, 80, 40]);
        assert_eq!(coded.subjects, [0, 0, 1]);
        assert_eq!(coded.labels, [[0; 8], [1; 8], [0; 8]].concat());
        assert_eq!(coded.images.pixels.len(), 3 * 192);
    }
    for subject in ["SN001", "SN012"] {
        for frame in ["1", "00002", "10"] {
            write(dir, &format!("frames/{subject}/{frame}.png"), "no picture");
        }
    }
    let error = read_all(Coding::Disfa, dir, home.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("not one of its images can be used"),
        "{error}"
    );
}
