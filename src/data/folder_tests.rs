//! Tests of folders of images.
#![allow(clippy::unwrap_used)]

use super::*;
use image::{GrayImage, Luma, Rgb, RgbImage};

fn save(path: &Path, colour: [u8; 3], side: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(side, side, Rgb(colour))
        .save(path)
        .unwrap();
}

/// Two classes, `cat` in reds and `dog` in greens, with these training stems.
fn folder(stems: [&str; 4]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    save(&at(&format!("train/dog/{}.png", stems[0])), [0, 10, 0], 8);
    save(&at(&format!("train/cat/{}.png", stems[1])), [20, 0, 0], 16);
    save(&at(&format!("train/dog/{}.png", stems[2])), [0, 30, 0], 8);
    save(&at(&format!("train/cat/{}.PNG", stems[3])), [40, 0, 0], 8);
    save(&at("test/cat/x.jpg"), [200, 0, 0], 8);
    save(&at("test/dog/x.jpeg"), [0, 200, 0], 8);
    std::fs::write(at("train/cat/notes.txt"), "no image").unwrap();
    std::fs::create_dir(at("train/.thumbnails")).unwrap();
    dir
}

fn firsts(labelled: &Labelled) -> Vec<(u8, u8, u8)> {
    let stride = labelled.images.stride();
    let plane = stride / labelled.images.channels;
    (0..labelled.images.count)
        .map(|i| {
            let image = &labelled.images.pixels[i * stride..];
            (image[0], image[plane], labelled.labels[i])
        })
        .collect()
}

#[test]
fn images_are_in_the_order_of_class_and_name() {
    let dir = folder(["b", "a", "10", "9"]);
    let listing = list(dir.path()).unwrap();
    assert_eq!(listing.classes, ["cat", "dog"]);
    let (train, test) = read(dir.path(), 8, false).unwrap();
    assert_eq!(
        firsts(&train),
        [(40, 0, 0), (20, 0, 0), (0, 30, 1), (0, 10, 1)]
    );
    assert_eq!(test.labels, [0, 1]);
    // JPEG is near, not equal.
    assert!(firsts(&test)[0].0.abs_diff(200) < 10);
    let images = &train.images;
    assert_eq!(
        (images.channels, images.height, images.width, images.count),
        (3, 8, 8, 4)
    );
    // A plane of red, then one of green.
    assert!(images.pixels[..64].iter().all(|p| *p == 40));
    assert!(images.pixels[64..192].iter().all(|p| *p == 0));
}

#[test]
fn images_that_are_numbered_throughout_are_in_the_order_of_their_numbers() {
    let dir = folder(["00", "7", "2", "10"]);
    let (train, _) = read(dir.path(), 8, false).unwrap();
    assert_eq!(train.labels, [1, 1, 0, 0]);
    assert_eq!(
        firsts(&train),
        [(0, 10, 1), (0, 30, 1), (20, 0, 0), (40, 0, 0)]
    );
    // The same number twice is no order.
    let dir = folder(["1", "1", "2", "3"]);
    let (train, _) = read(dir.path(), 8, false).unwrap();
    assert_eq!(train.labels, [0, 0, 1, 1]);
}

#[test]
fn images_are_resized_and_made_grey() {
    let dir = folder(["0", "1", "2", "3"]);
    let mut image = GrayImage::from_pixel(16, 16, Luma([0]));
    for y in 0..16 {
        for x in 8..16 {
            image.put_pixel(x, y, Luma([200]));
        }
    }
    image.save(dir.path().join("train/dog/0.png")).unwrap();
    let (train, _) = read(dir.path(), 8, true).unwrap();
    assert_eq!((train.images.channels, train.images.stride()), (1, 64));
    let row = &train.images.pixels[..8];
    assert_eq!((row[0], row[7]), (0, 200));
    assert!(row.is_sorted());
}

#[test]
fn what_is_wrong_with_a_folder_is_named() {
    let wrong = |change: &dyn Fn(&Path)| {
        let dir = folder(["0", "1", "2", "3"]);
        change(dir.path());
        read(dir.path(), 8, false).unwrap_err().to_string()
    };
    let remove =
        |path: &'static str| move |dir: &Path| std::fs::remove_file(dir.join(path)).unwrap();
    for (error, reason) in [
        (
            wrong(&|d| std::fs::remove_dir_all(d.join("test")).unwrap()),
            "cannot read",
        ),
        (
            wrong(&|d| std::fs::create_dir(d.join("test/emu")).unwrap()),
            "test has a class `emu`, but train has none",
        ),
        (
            wrong(&|d| std::fs::create_dir(d.join("train/emu")).unwrap()),
            "train has a class `emu`, but test has none",
        ),
        (
            wrong(&|d| std::fs::remove_dir_all(d.join("train/cat")).unwrap()),
            "train has 1 folders",
        ),
        (
            wrong(&|d| {
                remove("train/cat/1.png")(d);
                remove("train/cat/3.PNG")(d);
            }),
            "train/cat holds no",
        ),
        (
            wrong(&|d| {
                remove("test/cat/x.jpg")(d);
                remove("test/dog/x.jpeg")(d);
            }),
            "test holds no",
        ),
        (
            wrong(&|d| {
                std::fs::write(
                    d.join("train/cat/1.png"),
                    [0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0],
                )
                .unwrap()
            }),
            "1.png is not a sound data file",
        ),
        (
            wrong(&|d| std::fs::write(d.join("train/cat/1.png"), "no image at all").unwrap()),
            "1.png is not a sound data file",
        ),
    ] {
        assert!(error.contains(reason), "{reason}: {error}");
    }
}
