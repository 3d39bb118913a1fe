//! The mask of the flipped labels as a file.

use super::Prepared;
use crate::data::error::DataError;
use std::path::Path;

/// Writes which training images are told a wrong label: columns `index` (place in the original
/// training set), `true`, `noisy`, `part`, and of Action Units `unit`. Written beside and renamed.
///
/// # Errors
/// [`DataError::Write`] names the file.
pub fn save_mask(path: &Path, data: &Prepared) -> Result<(), DataError> {
    let failed = |source: std::io::Error| DataError::Write {
        path: path.into(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut table = csv::Writer::from_writer(file);
    let wrong = |e: csv::Error| failed(e.into());
    let units = data.task.units();
    let unit = (!units.is_empty()).then_some("unit");
    let header = ["index", "true", "noisy", "part"].into_iter().chain(unit);
    table.write_record(header).map_err(wrong)?;
    let parts = [
        ("train", Some(&data.train)),
        ("validation", data.validation.as_ref()),
    ];
    for (name, part) in parts.into_iter().filter_map(|(n, p)| p.map(|p| (n, p))) {
        let truth = |place: usize| usize::from(part.true_labels[place]);
        let told = |place: usize| usize::from(part.labels[place]);
        for image in 0..part.images.count {
            let places = part.places(image).enumerate();
            for (number, place) in places.filter(|(_, place)| part.mislabelled(*place)) {
                let numbers = [part.indices[image], truth(place), told(place)];
                let cells = numbers.map(|n| n.to_string()).into_iter();
                let unit = units.get(number).map(ToString::to_string);
                let row = cells.chain([name.to_string()]).chain(unit);
                table.write_record(row).map_err(wrong)?;
            }
        }
    }
    let file = table
        .into_inner()
        .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}
