//! The names of rooms, furniture, doors, keys and objects.

use std::sync::LazyLock;

const TEXT: &str = include_str!("../../data/text_nav/house.txt");

/// A room, and what may stand in it.
pub(super) struct RoomWords {
    pub name: &'static str,
    /// Names, and whether they open and close.
    pub furniture: Vec<(&'static str, bool)>,
}

/// What houses are furnished from.
#[derive(Default)]
pub(super) struct Vocabulary {
    pub rooms: Vec<RoomWords>,
    pub doors: Vec<&'static str>,
    pub keys: Vec<&'static str>,
    pub objects: Vec<&'static str>,
}

pub(super) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    for (kind, rest) in TEXT.lines().filter_map(|line| line.split_once(' ')) {
        match kind {
            "room" => vocabulary.rooms.extend(room(rest)),
            "door" => vocabulary.doors.push(rest),
            "key" => vocabulary.keys.push(rest),
            "object" => vocabulary.objects.push(rest),
            _ => {}
        }
    }
    vocabulary
});

fn room(line: &'static str) -> Option<RoomWords> {
    let (name, furniture) = line.split_once(": ")?;
    let item = |text: &'static str| match text.strip_suffix('*') {
        Some(name) => (name, true),
        None => (text, false),
    };
    Some(RoomWords {
        name,
        furniture: furniture.split(", ").map(item).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::parse::{DIRECTIONS, INTO};
    use super::*;
    use crate::phrase::ARTICLES;

    #[test]
    fn every_line_is_read_and_every_name_can_be_said() {
        let words = &*VOCABULARY;
        let counts = [&words.doors, &words.keys, &words.objects].map(Vec::len);
        assert_eq!((words.rooms.len(), counts), (64, [12, 16, 40]));
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(lines, 64 + 12 + 16 + 40);
        let furniture = words.rooms.iter().flat_map(|room| {
            assert_eq!(room.furniture.len(), 3, "{}", room.name);
            room.furniture.iter().map(|(name, _)| *name)
        });
        let names: Vec<_> = [&words.doors, &words.keys, &words.objects]
            .into_iter()
            .flatten()
            .copied()
            .chain(furniture)
            .collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        for name in names {
            for word in name.split(' ') {
                assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
                let reserved = [
                    &ARTICLES[..],
                    &INTO,
                    &DIRECTIONS,
                    &["from", "with", "floor"],
                ]
                .concat();
                assert!(!reserved.contains(&word), "{name}");
            }
        }
    }
}
