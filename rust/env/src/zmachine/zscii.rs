//! ZSCII, the machine's characters: alphabets of texts, and Unicode for what is beyond ASCII.

/// Codes 155 to 223 of stories that bring no table of their own.
const EXTRA: &str = "äöüÄÖÜß»«ëïÿËÏáéíóúýÁÉÍÓÚÝàèìòùÀÈÌÒÙâêîôûÂÊÎÔÛåÅøØãñõÃÑÕæÆçÇþðÞÐ£œŒ¡¿";
const FIRST_EXTRA: u8 = 155;
/// The most that a table can have: codes 155 to 251.
const MOST_EXTRA: usize = 97;
const ALPHABETS: [&[u8; 26]; 3] = [
    b"abcdefghijklmnopqrstuvwxyz",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    b" \r0123456789.,!?_#'\"/\\-:()",
];
/// Z-characters of the third alphabet that are an escape and a new line in every story.
pub(super) const ESCAPE: u8 = 6;
pub(super) const NEW_LINE: u8 = 13;
/// Stands for what cannot be shown.
pub(super) const UNKNOWN: u8 = b'?';

/// What the characters of one story are.
pub(super) struct Characters {
    /// The ZSCII code of each letter, its index being the Z-character less 6.
    pub alphabets: [[u8; 26]; 3],
    extra: Vec<char>,
}

impl Characters {
    /// Those of a story of which these are the bytes, the header among them.
    pub fn new(story: &[u8]) -> Self {
        let version = story.first().copied().unwrap_or_default();
        let word = |at: usize| match story.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        let mut alphabets = ALPHABETS.map(|letters| *letters);
        if version >= 5
            && word(0x34) != 0
            && let Some(table) = story.get(word(0x34)..word(0x34) + 78)
        {
            for (letters, row) in alphabets.iter_mut().zip(table.chunks_exact(26)) {
                letters.copy_from_slice(row);
            }
            alphabets[2][1] = NEW_LINE;
        }
        let extension = if version >= 5 { word(0x36) } else { 0 };
        let table = match extension {
            0 => 0,
            _ if word(extension) >= 3 => word(extension + 6),
            _ => 0,
        };
        let extra = match story.get(table) {
            Some(&count) if table != 0 => (0..usize::from(count).min(MOST_EXTRA))
                .map(|index| u32::try_from(word(table + 1 + 2 * index)).unwrap_or_default())
                .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
            _ => EXTRA.chars().collect(),
        };
        Self { alphabets, extra }
    }

    /// What a code prints; some print nothing.
    pub fn shown(&self, code: u8) -> Option<char> {
        match code {
            NEW_LINE => Some('\n'),
            b' '..=b'~' => Some(char::from(code)),
            FIRST_EXTRA.. => self.extra.get(usize::from(code - FIRST_EXTRA)).copied(),
            _ => None,
        }
    }

    /// The code of a character, if it has one.
    pub fn code(&self, character: char) -> Option<u8> {
        match character {
            '\n' => Some(NEW_LINE),
            ' '..='~' => u8::try_from(character).ok(),
            _ => {
                let index = self.extra.iter().position(|&known| known == character)?;
                Some(FIRST_EXTRA + u8::try_from(index).ok()?)
            }
        }
    }

    /// What is typed, as codes of small letters; control characters are left out.
    pub fn typed(&self, line: &str) -> impl Iterator<Item = u8> {
        let visible = line.chars().filter(|character| !character.is_control());
        let small = visible.flat_map(char::to_lowercase);
        small.map(|character| self.code(character).unwrap_or(UNKNOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_table_has_its_corners_where_the_standard_says() {
        let characters = Characters::new(&[3]);
        for (code, character) in [
            (13, '\n'),
            (155, 'ä'),
            (170, 'é'),
            (191, 'â'),
            (211, 'æ'),
            (223, '¿'),
        ] {
            assert_eq!(characters.shown(code), Some(character));
            assert_eq!(characters.code(character), Some(code));
        }
        assert_eq!(characters.shown(0), None);
        assert_eq!(characters.shown(224), None);
        assert_eq!(characters.code('🐕'), None);
        assert_eq!(
            characters.typed("É\tX🐕").collect::<Vec<_>>(),
            [170, b'x', b'?']
        );
    }
}
