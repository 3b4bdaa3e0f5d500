//! What can be said in a maze.

/// The four moves, in the order in which walls are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Right,
    Left,
    Up,
    Down,
}

impl Move {
    pub(super) const ALL: [Self; 4] = [Self::Right, Self::Left, Self::Up, Self::Down];

    /// The move that an utterance asks for: its direction, alone or after "move" or "go", and a full
    /// stop or an exclamation mark at the end if need be.
    pub(super) fn said(utterance: &str) -> Option<Self> {
        let text = utterance.trim();
        let text = text.strip_suffix(['.', '!']).unwrap_or(text);
        let mut words = text.split_whitespace();
        let first = words.next()?;
        let is_verb = ["move", "go"]
            .iter()
            .any(|verb| verb.eq_ignore_ascii_case(first));
        let direction = if is_verb { words.next()? } else { first };
        if words.next().is_some() {
            return None;
        }
        Self::ALL
            .into_iter()
            .find(|step| step.direction().eq_ignore_ascii_case(direction))
    }

    pub(super) const fn direction(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Left => "left",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// This move in a set of moves.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The next cell in this direction, in a map of this width.
    pub(super) const fn from(self, cell: usize, width: usize) -> usize {
        match self {
            Self::Right => cell + 1,
            Self::Left => cell - 1,
            Self::Up => cell - width,
            Self::Down => cell + width,
        }
    }
}
