//! Writing a sheet as CSV.

use super::error::ExportError;
use super::sheet::Sheet;
use std::io::Write;
use std::path::Path;

/// Writes `sheet` as CSV with a heading line.
///
/// # Errors
/// [`ExportError::Write`] when the stream does not take it.
pub fn write_csv(sheet: &Sheet, to: impl Write) -> Result<(), ExportError> {
    let plain = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => std::io::Error::other(format!("{other:?}")),
    };
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(&sheet.header).map_err(plain)?;
    for row in &sheet.rows {
        writer.write_record(row).map_err(plain)?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes `sheet` to the file `path`, as [`save`] does.
///
/// # Errors
/// [`ExportError::File`] names the file.
pub fn save_csv(sheet: &Sheet, path: &Path) -> Result<(), ExportError> {
    let mut bytes = Vec::new();
    write_csv(sheet, &mut bytes)?;
    save(&bytes, path)
}

/// Writes `bytes` to the file `path`: beside it first, then renamed, so that a reader never sees
/// half a file and a full disk leaves an old one as it was.
///
/// # Errors
/// [`ExportError::File`] names the file.
pub fn save(bytes: &[u8], path: &Path) -> Result<(), ExportError> {
    let wrong = |source: std::io::Error| ExportError::File {
        path: path.into(),
        source,
    };
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A temporary file is private by default; an export is a file like any other (umask holds).
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .prefix(".quell-export")
        .tempfile_in(folder)
        .map_err(wrong)?;
    file.write_all(bytes).map_err(wrong)?;
    file.as_file().sync_all().map_err(wrong)?;
    file.persist(path).map_err(|e| wrong(e.error))?;
    Ok(())
}
