//! Score, moves and place of a story, as they are in its memory.

use crate::zmachine::memory::Memory;
use crate::zmachine::story::Story;

/// What is known of a story beforehand.
struct Known {
    /// Release, serial number and checksum.
    identity: (u16, &'static [u8; 6], u16),
    score: usize,
    moves: usize,
    player: u16,
}

/// Inform's line of the status tells the score before the last turn only, so that of known stories
/// it is read where the story counts.
const KNOWN: [Known; 1] = [Known {
    identity: (1, b"000715", 0x2D80), // Detective
    score: 6801,
    moves: 6777,
    player: 90,
}];

/// Names that the object of a player has in stories of several compilers.
const PLAYERS: [&str; 6] = ["(self object)", "yourself", "you", "self", "me", "cretin"];

/// Where a story keeps what.
pub(super) struct Status {
    score: Option<usize>,
    moves: Option<usize>,
    /// The object that the place is.
    place: Option<usize>,
    player: Option<u16>,
}

impl Status {
    /// Of known stories by a table; else of version 3 as the Standard says, and of Inform's later
    /// versions likewise, because its library begins with the same three global variables.
    pub fn new(memory: &Memory, objects: u16) -> Self {
        let story = &memory.story;
        let counts = story.version == 3 && memory.dynamic[0x01] & 2 == 0;
        let line = counts || is_inform(story);
        let global = |index: usize| story.globals + 2 * index;
        let (release, serial, checksum) = story.identity();
        let known = KNOWN
            .iter()
            .find(|known| known.identity == (release, &serial, checksum));
        let named = |object: &u16| {
            let name = memory.name(*object);
            PLAYERS.contains(&name.to_lowercase().as_str())
        };
        Self {
            score: known.map(|known| known.score).or(line.then(|| global(1))),
            moves: known.map(|known| known.moves).or(line.then(|| global(2))),
            place: (story.version == 3 || is_inform(story)).then(|| global(0)),
            player: known
                .map(|known| known.player)
                .or_else(|| (1..=objects).find(named)),
        }
    }

    /// 0 where a story has none.
    pub fn score(&self, memory: &Memory) -> i32 {
        let score = self.score.and_then(|at| memory.word(at).ok());
        score.unwrap_or_default().cast_signed().into()
    }

    pub fn moves(&self, memory: &Memory) -> Option<u16> {
        memory.word(self.moves?).ok()
    }

    pub fn place(&self, memory: &Memory) -> Option<u16> {
        memory.word(self.place?).ok()
    }

    pub fn player(&self) -> Option<u16> {
        self.player
    }
}

/// Inform from version 6 on writes its own version at the end of the header.
pub(super) fn is_inform(story: &Story) -> bool {
    matches!(story.bytes().get(0x3C..0x40), Some([b'6', b'.', ..]))
}
