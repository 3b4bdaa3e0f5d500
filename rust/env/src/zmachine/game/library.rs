//! Where story files are found.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::EnvError;
use crate::zmachine::story::Story;

/// Names the folder in which stories are looked for.
pub(super) const FOLDER: &str = "ARCHER_STORIES";
/// No story of any version is longer.
const LONGEST: u64 = 512 << 10;

/// The story in a file: the path as it is given, or else in the folder that `ARCHER_STORIES` names.
pub(super) fn open(name: &str) -> Result<Story, EnvError> {
    let folder = env::var_os(FOLDER).filter(|folder| !folder.is_empty());
    let folder = folder.map(PathBuf::from);
    let inside = folder.as_ref().map(|folder| folder.join(name));
    let places = [Some(PathBuf::from(name)), inside];
    let found = places.iter().flatten().find(|path| path.is_file());
    let Some(path) = found else {
        if let Some(folder) = places.iter().flatten().find(|path| path.is_dir()) {
            return Err(EnvError::Option(format!(
                "story is {name:?}, but {} is a folder: give a story file in it",
                folder.display()
            )));
        }
        let looked = match &folder {
            Some(folder) => format!("nor in {}, which {FOLDER} names", folder.display()),
            None => format!("and {FOLDER} names no folder of stories"),
        };
        return Err(EnvError::Option(format!(
            "there is no story file {name:?}, {looked}: story files are not part of archer. Give \
             story, the path of a Z-machine story of version 3, 4, 5 or 8 (.z3, .z4, .z5, .z8), or \
             put it into the folder. The Interactive Fiction Archive, ifarchive.org, has many under \
             games/zcode, detective.z5 among them; the task manor needs none"
        )));
    };
    let bytes = read(path).map_err(|error| {
        EnvError::Option(format!(
            "the story {} cannot be read: {error}",
            path.display()
        ))
    })?;
    Story::load(&bytes).map_err(|error| {
        EnvError::Option(format!(
            "{} is no story that can be played: {error}",
            path.display()
        ))
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(LONGEST + 1);
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other(
            "it is longer than 512 KiB, which no story is",
        ));
    }
    Ok(bytes)
}
