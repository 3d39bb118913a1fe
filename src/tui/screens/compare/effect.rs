//! Carrying out what the screen asks for.

use super::msg::{Effect, Msg};
use crate::export::save_csv;
use std::path::Path;

/// Writes an export into `folder`, or into `exports/` of `home` where that is not possible, and
/// says where it is.
pub fn carry_out(effect: &Effect, folder: &Path, home: &Path) -> Msg {
    let Effect::Export { name, sheet } = effect;
    let here = folder.join(name);
    if save_csv(sheet, &here).is_ok() {
        return Msg::Exported(Ok(here.display().to_string()));
    }
    let exports = home.join("exports");
    let there = exports.join(name);
    let written = std::fs::create_dir_all(&exports)
        .map_err(|e| format!("cannot make {}: {e}", exports.display()))
        .and_then(|()| save_csv(sheet, &there).map_err(|e| e.to_string()));
    Msg::Exported(written.map(|()| there.display().to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::export::Sheet;

    #[test]
    fn an_export_goes_home_where_the_folder_takes_none() {
        let home = tempfile::tempdir().unwrap();
        let sheet = Sheet {
            header: vec!["a".into()],
            rows: vec![vec!["1".into()]],
        };
        let effect = Effect::Export {
            name: "x.csv".into(),
            sheet,
        };
        let Msg::Exported(Ok(path)) = carry_out(&effect, home.path(), home.path()) else {
            panic!("not written");
        };
        assert!(path.ends_with("x.csv") && Path::new(&path).exists());
        let missing = home.path().join("missing");
        let Msg::Exported(Ok(path)) = carry_out(&effect, &missing, home.path()) else {
            panic!("not written");
        };
        assert!(path.ends_with("exports/x.csv"), "{path}");
        let file = home.path().join("x.csv");
        let answer = carry_out(&effect, &missing, &file);
        assert!(matches!(answer, Msg::Exported(Err(_))));
    }
}
