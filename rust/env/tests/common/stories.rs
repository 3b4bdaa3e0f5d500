//! Story files for tests, which are not part of the package.

use std::env;
use std::path::PathBuf;

/// A file in `zmachine` under the folder that `ARCHER_TEST_DATA` names, by default `../shared/data`;
/// nothing, and a word about it, where it is missing.
pub fn path(name: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = env::var_os("ARCHER_TEST_DATA").map_or_else(|| default.into(), PathBuf::from);
    let path = folder.join("zmachine").join(name);
    if !path.is_file() {
        eprintln!(
            "skipped: there is no {}, see ARCHER_TEST_DATA",
            path.display()
        );
        return None;
    }
    Some(path)
}
