//! A CSV file of `index,label`.

/// The labels by index. A line of headings may come first.
pub(super) fn labels(
    bytes: &[u8],
    images: usize,
    classes: usize,
) -> Result<Vec<Option<u8>>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut labels = vec![None; images];
    for (n, row) in reader.byte_records().enumerate() {
        let row = row.map_err(|e| e.to_string())?;
        let line = row.position().map_or(n as u64 + 1, csv::Position::line);
        let field = |i: usize| row.get(i).and_then(|f| std::str::from_utf8(f).ok());
        let whole = |i: usize| field(i).and_then(|f| f.parse::<usize>().ok());
        let (Some(index), Some(label), 2) = (whole(0), whole(1), row.len()) else {
            let is_heading = n == 0 && row.len() == 2 && whole(0).is_none() && whole(1).is_none();
            if is_heading {
                continue;
            }
            return Err(format!(
                "line {line} is not `index,label`, two whole numbers"
            ));
        };
        let Some(place) = labels.get_mut(index) else {
            return Err(format!(
                "line {line}: there is no training image {index}, they are numbered 0 to {}",
                images.saturating_sub(1)
            ));
        };
        if place.is_some() {
            return Err(format!("line {line}: image {index} has a label already"));
        }
        let class = u8::try_from(label).ok().filter(|_| label < classes);
        *place = Some(class.ok_or_else(|| {
            format!(
                "line {line}: the label is {label}, but classes are numbered 0 to {}",
                classes - 1
            )
        })?);
    }
    Ok(labels)
}
