//! What is drawn, looked at by numbers.

use super::*;
use units::COUNT;

fn spec() -> FaceSpec {
    FaceSpec {
        size: 32,
        grey: false,
        subjects: 3,
        frames: 4,
        seed: 5,
    }
}

fn with(unit: usize, strength: f32) -> PerUnit {
    std::array::from_fn(|u| if u == unit { strength } else { 0.0 })
}

/// A grey face of 48 rows with one unit.
fn face(subject: usize, unit: usize, strength: f32) -> Vec<f32> {
    let images = portrait(1, subject, &with(unit, strength), 48, true);
    images.pixels.into_iter().map(f32::from).collect()
}

/// What a unit changes.
fn change(subject: usize, unit: usize, strength: f32) -> Vec<f32> {
    let rest = face(subject, unit, 0.0);
    let moved = face(subject, unit, strength);
    moved.iter().zip(rest).map(|(a, b)| a - b).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b) / (norm(a) * norm(b))
}

#[test]
fn a_frame_follows_from_seed_subject_and_number_alone() {
    let all = faces(&spec());
    let again = faces(&spec());
    assert_eq!(all.images, again.images);
    assert_eq!(all.labels, again.labels);
    let more = faces(&FaceSpec {
        subjects: 4,
        frames: 6,
        ..spec()
    });
    for (subject, frame) in [(0, 0), (0, 3), (1, 2), (2, 3)] {
        let (i, j) = (subject * 4 + frame, subject * 6 + frame);
        assert_eq!(all.images.select(&[i]), more.images.select(&[j]));
        assert_eq!(
            all.labels[i * COUNT..][..COUNT],
            more.labels[j * COUNT..][..COUNT]
        );
    }
    let other = faces(&FaceSpec { seed: 6, ..spec() });
    assert_ne!(all.images, other.images);
    assert_ne!(all.labels, other.labels);
    for i in 0..12 {
        for j in 0..i {
            assert_ne!(all.images.select(&[i]), all.images.select(&[j]));
        }
    }
}

#[test]
fn what_is_drawn_is_coded() {
    let all = faces(&spec());
    assert_eq!((all.images.count, all.images.channels), (12, 3));
    assert_eq!((all.images.height, all.images.width), (32, 32));
    assert_eq!(all.images.pixels.len(), 12 * 3 * 32 * 32);
    assert_eq!(all.units, ACTION_UNITS);
    assert_eq!(all.subjects, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    assert_eq!(all.subject_names, ["S01", "S02", "S03"]);
    let intensities = all.intensities.unwrap();
    assert_eq!((all.labels.len(), intensities.len()), (144, 144));
    for (label, intensity) in all.labels.iter().zip(intensities) {
        assert_eq!(*label == 1, intensity > 0.0);
    }
    let grey = faces(&FaceSpec {
        grey: true,
        ..spec()
    });
    assert_eq!(
        (grey.images.channels, grey.images.pixels.len()),
        (1, 12 * 32 * 32)
    );
    assert_eq!(grey.labels, all.labels);
    let none = faces(&FaceSpec {
        frames: 0,
        ..spec()
    });
    assert_eq!((none.images.count, none.labels.len()), (0, 0));
}

#[test]
fn a_unit_is_seen_the_more_the_stronger_it_is() {
    for (unit, name) in ACTION_UNITS.into_iter().enumerate() {
        for subject in 0..4 {
            let steps = [0.25, 0.5, 0.75, 1.0].map(|s| norm(&change(subject, unit, s)));
            let mut last = 0.0;
            for step in steps {
                // Without a leap, and never the other way.
                assert!(
                    step > last && step - last < 0.6 * steps[3],
                    "{name}: {steps:?}"
                );
                last = step;
            }
            let strongest = change(subject, unit, 1.0)
                .into_iter()
                .map(f32::abs)
                .fold(0.0, f32::max);
            // Of 255; the noise of a frame is 2.5. Fair brows move the least.
            assert!(strongest > 12.0, "{name} of {subject}: {strongest}");
        }
    }
}

/// Shares of the image's height between which a unit moves the face.
const REGIONS: [(f32, f32); COUNT] = [
    (0.05, 0.45), // 1
    (0.05, 0.45), // 2
    (0.2, 0.45),  // 4
    (0.3, 0.72),  // 6
    (0.3, 0.52),  // 7
    (0.5, 0.85),  // 10
    (0.5, 0.9),   // 12
    (0.65, 0.85), // 14
    (0.65, 0.97), // 15
    (0.65, 1.0),  // 17
    (0.65, 0.9),  // 23
    (0.65, 0.9),  // 24
];

#[test]
fn a_unit_moves_its_own_part_of_the_face() {
    for (unit, (top, bottom)) in REGIONS.into_iter().enumerate() {
        for subject in 0..4 {
            let change = change(subject, unit, 1.0);
            let rows = (top * 48.0) as usize * 48..(bottom * 48.0) as usize * 48;
            let share = dot(&change[rows.clone()], &change[rows]) / dot(&change, &change);
            assert!(share > 0.9, "{} of {subject}: {share}", ACTION_UNITS[unit]);
        }
    }
}

#[test]
fn no_two_units_look_alike() {
    for subject in 0..4 {
        let changes: Vec<_> = (0..COUNT).map(|u| change(subject, u, 1.0)).collect();
        for i in 0..COUNT {
            for j in 0..i {
                let names = [ACTION_UNITS[j], ACTION_UNITS[i]];
                let alike = cosine(&changes[i], &changes[j]);
                assert!(alike < 0.8, "{names:?} of {subject}: {alike}");
            }
        }
    }
}

/// The mean change of ten people tells which unit ten others show, though their features lie elsewhere:
/// by chance 10 would be right.
#[test]
fn what_a_unit_changes_is_the_same_for_everybody() {
    let mean = |unit: usize| {
        let mut sum = vec![0.0; 48 * 48];
        for subject in 0..10 {
            for (sum, change) in sum.iter_mut().zip(change(subject, unit, 0.6)) {
                *sum += change;
            }
        }
        sum
    };
    let means: Vec<_> = (0..COUNT).map(mean).collect();
    let mut right = 0;
    for subject in 10..20 {
        for unit in 0..COUNT {
            let change = change(subject, unit, 0.6);
            let nearest = (0..COUNT)
                .max_by(|a, b| cosine(&means[*a], &change).total_cmp(&cosine(&means[*b], &change)));
            right += usize::from(nearest == Some(unit));
        }
    }
    assert!(right >= 100, "{right} of 120");
}

#[test]
fn people_differ_more_than_what_their_faces_do() {
    let rest: Vec<_> = (0..10).map(|s| face(s, 0, 0.0)).collect();
    let mut between = Vec::new();
    for i in 0..10 {
        for j in 0..i {
            let off: Vec<f32> = rest[i].iter().zip(&rest[j]).map(|(a, b)| a - b).collect();
            between.push(norm(&off));
        }
    }
    between.sort_by(f32::total_cmp);
    // The strongest unit moves a face less than half as far as half of all pairs of people are apart.
    for (unit, name) in ACTION_UNITS.into_iter().enumerate() {
        let moved = norm(&change(0, unit, 1.0));
        assert!(moved < 0.5 * between[22], "{name}: {moved}");
    }
}

#[test]
fn every_size_shows_the_same_face() {
    let mean = |size| {
        let pixels = portrait(1, 0, &with(6, 1.0), size, true).pixels;
        let of_a_half = |top: bool| {
            let half = if top {
                &pixels[..pixels.len() / 2]
            } else {
                &pixels[pixels.len() / 2..]
            };
            half.iter().map(|p| f32::from(*p)).sum::<f32>() / half.len() as f32
        };
        [of_a_half(true), of_a_half(false)]
    };
    let large = mean(224);
    for size in [32, 48, 64, 100] {
        for (a, b) in mean(size).into_iter().zip(large) {
            assert!((a - b).abs() < 2.0, "{size}: {a} {b}");
        }
    }
}
