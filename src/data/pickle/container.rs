//! The files that pickles of arrays come in: PyTorch's archives and numpy's `.npy`.

use super::array::{Array, Type};
use super::{Object, Pickle, Value, parse};
use std::collections::HashMap;
use std::io::{Cursor, Read, Seek, SeekFrom};

/// The bytes that an archive of PyTorch begins with.
pub const TORCH_MAGIC: &[u8] = b"PK\x03\x04";

/// Reads what `torch.save` wrote: a zip archive, not compressed, of a pickle and of storages.
///
/// # Errors
/// What is wrong with it, for people.
pub fn torch(bytes: &[u8]) -> Result<Pickle, String> {
    torch_from(Cursor::new(bytes))
}

/// [`torch`] from a file, of which only the parts that are needed are read.
///
/// # Errors
/// As [`torch`].
pub fn torch_from(mut file: impl Read + Seek) -> Result<Pickle, String> {
    let size = file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
    let wrong = |e: zip::result::ZipError| format!("it is no sound archive ({e})");
    let mut archive = zip::ZipArchive::new(file).map_err(wrong)?;
    let name = archive
        .file_names()
        .flatten()
        .find(|name| *name == "data.pkl" || name.ends_with("/data.pkl"))
        .ok_or("it is an archive without data.pkl, not one of PyTorch")?
        .to_string();
    let folder = name.trim_end_matches("data.pkl").to_string();
    // Entries are stored as they are, so that all of them cannot be larger than the file.
    let mut left = size;
    let mut read = |name: &str| {
        let entry = archive.by_name(name).map_err(wrong)?;
        left = left
            .checked_sub(entry.size())
            .ok_or("its entries are larger than it is")?;
        let mut content = Vec::new();
        let limit = entry.size();
        let read = entry.take(limit).read_to_end(&mut content);
        read.map_err(|e| format!("{name} in it cannot be read ({e})"))?;
        Ok::<_, String>(content)
    };
    let mut pickle = parse(&read(&name)?)?;
    let order = read(&format!("{folder}byteorder"));
    if order.is_ok_and(|order| order != b"little") {
        return Err("its numbers are not little-endian".into());
    }
    let mut storages = HashMap::new();
    for object in &pickle.objects {
        if let Object::Storage(storage) = object
            && !storages.contains_key(&storage.key)
        {
            let content = read(&format!("{folder}data/{}", storage.key))?;
            storages.insert(storage.key.clone(), content);
        }
    }
    pickle.storages = storages;
    Ok(pickle)
}

/// The bytes that a `.npy` file begins with.
pub const NPY_MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a `.npy` file: an array of numbers, or a pickle where its elements are objects.
///
/// # Errors
/// What is wrong with it, for people.
pub fn npy(bytes: &[u8]) -> Result<Pickle, String> {
    let torn = || "it ends within its header".to_string();
    let version = bytes.get(6).ok_or_else(torn)?;
    let (length, from) = match version {
        1 => {
            let n: [u8; 2] = bytes
                .get(8..10)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(torn)?;
            (usize::from(u16::from_le_bytes(n)), 10)
        }
        2 | 3 => {
            let n: [u8; 4] = bytes
                .get(8..12)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(torn)?;
            (u32::from_le_bytes(n) as usize, 12)
        }
        other => return Err(format!("version {other} of the .npy format is not known")),
    };
    let header = bytes.get(from..from + length).ok_or_else(torn)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is no text")?;
    let data = &bytes[from + length..];
    let field = |name: &str| {
        let after = header
            .split_once(&format!("'{name}':"))
            .map(|(_, rest)| rest.trim_start());
        after.ok_or_else(|| format!("its header has no {name}"))
    };
    let element = field("descr")?;
    let element = element
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''))
        .map(|(name, _)| name)
        .ok_or("its elements have several fields")?;
    if element.contains('O') {
        return parse(data);
    }
    let dims = field("shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map(|(dims, _)| dims)
        .ok_or("its header has no shape")?;
    let dims: Vec<usize> = dims
        .split(',')
        .map(str::trim)
        .filter(|d| !d.is_empty())
        .map(|d| d.parse().map_err(|_| format!("its shape holds `{d}`")))
        .collect::<Result<_, _>>()?;
    if field("fortran_order")?.starts_with("True") && dims.len() > 1 {
        return Err("its array lies in column-major order".into());
    }
    let objects = vec![
        Object::Type(Type::named(element)?),
        Object::Bytes(data.into()),
    ];
    let array = Array::over(&objects, dims, Value::Object(0), Value::Object(1))?;
    let mut objects = objects;
    objects.push(Object::Array(array));
    Ok(Pickle {
        root: Value::Object(objects.len() - 1),
        objects,
        storages: HashMap::new(),
    })
}
