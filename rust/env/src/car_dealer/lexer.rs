//! From text to words, numbers and the ends of clauses.

/// A buyer listens to no more bytes than these.
pub const ATTENTION: usize = 2000;
/// Longer words are nobody's: none that is known is as long.
const LONGEST_WORD: usize = 16;

/// What text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Word(Word),
    Number(Number),
    /// The end of a clause, and whether a question mark made it.
    End {
        question: bool,
    },
}

/// A word in lower case, without apostrophes; empty if it is too long to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    letters: [u8; LONGEST_WORD],
    length: usize,
}

impl Word {
    pub const NONE: Self = Self {
        letters: [0; LONGEST_WORD],
        length: 0,
    };

    pub fn as_str(&self) -> &str {
        self.letters
            .get(..self.length)
            .and_then(|letters| str::from_utf8(letters).ok())
            .unwrap_or_default()
    }

    fn push(&mut self, letter: u8) {
        if let Some(place) = self.letters.get_mut(self.length) {
            *place = letter.to_ascii_lowercase();
        }
        self.length += 1;
    }
}

/// A number in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// In thousandths, as large as it gets.
    pub thousandths: u64,
    /// A dollar sign stands before it, or a k or an m right after it.
    pub is_money: bool,
    /// It is below zero, a percentage, or glued to letters, as in "1e99".
    pub is_odd: bool,
}

/// The part of a text that is listened to.
pub fn attended(text: &str) -> &str {
    // A character takes at most four bytes, so one of these ends one.
    let end = (ATTENTION - 3..=ATTENTION)
        .rev()
        .find(|&at| text.is_char_boundary(at));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The tokens of a text, one after the other.
pub struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text: attended(text).as_bytes(),
            at: 0,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Whether the text goes on with these bytes.
    fn follows(&self, bytes: &[u8]) -> bool {
        self.text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(bytes))
    }

    /// How long the apostrophe here is, if there is one.
    fn apostrophe(&self) -> Option<usize> {
        ["'", "\u{2019}"]
            .into_iter()
            .find(|mark| self.follows(mark.as_bytes()))
            .map(str::len)
    }

    fn word(&mut self) -> Word {
        let mut word = Word::NONE;
        loop {
            let byte = self.peek(0);
            if byte.is_ascii_alphabetic() {
                word.push(byte);
                self.at += 1;
            } else if let Some(length) = self.apostrophe() {
                self.at += length;
            } else {
                break;
            }
        }
        if word.length > LONGEST_WORD {
            Word::NONE
        } else {
            word
        }
    }

    /// The digits from here on as a number, and how many they are.
    fn digits(&mut self) -> (u64, usize) {
        let (mut value, begin) = (0_u64, self.at);
        while self.peek(0).is_ascii_digit() {
            value = value
                .saturating_mul(10)
                .saturating_add(u64::from(self.peek(0) - b'0'));
            self.at += 1;
        }
        (value, self.at - begin)
    }

    /// Whether a mark and exactly three digits follow, as in the rest of "31,500" or "31.500".
    fn is_group(&self) -> bool {
        (1..4).all(|ahead| self.peek(ahead).is_ascii_digit()) && !self.peek(4).is_ascii_digit()
    }

    fn number(&mut self, is_money: bool, is_negative: bool) -> Number {
        let (mut value, _) = self.digits();
        let is_decimal = matches!(self.peek(4).to_ascii_lowercase(), b'k' | b'm');
        while self.peek(0) == b',' && self.is_group()
            || self.peek(0) == b'.' && self.is_group() && !is_decimal
        {
            self.at += 1;
            value = value.saturating_mul(1000).saturating_add(self.digits().0);
        }
        let mut thousandths = value.saturating_mul(1000);
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            let begin = self.at;
            let _ = self.digits();
            let places = self.text.get(begin..self.at).unwrap_or_default();
            for (digit, unit) in places.iter().zip([100, 10, 1]) {
                thousandths = thousandths.saturating_add(u64::from(digit - b'0') * unit);
            }
        }
        let unit = match self.peek(0).to_ascii_lowercase() {
            b'k' => 1000,
            b'm' => 1_000_000,
            _ => 1,
        };
        self.at += usize::from(unit > 1);
        let is_glued = self.peek(0).is_ascii_alphanumeric();
        while self.peek(0).is_ascii_alphanumeric() {
            self.at += 1;
        }
        Number {
            thousandths: thousandths.saturating_mul(unit),
            is_money: is_money || unit > 1,
            is_odd: is_negative || is_glued || self.peek(0) == b'%',
        }
    }

    /// Passes over a sign and a dollar in either order: whether there was a dollar, and a minus.
    fn signs(&mut self) -> (bool, bool) {
        let after_word = self
            .at
            .checked_sub(1)
            .and_then(|before| self.text.get(before))
            .is_some_and(u8::is_ascii_alphanumeric);
        let (mut dollar, mut minus) = (false, false);
        loop {
            if self.peek(0) == b'$' {
                dollar = true;
                self.at += 1;
            } else if let Some(sign) = ["-", "\u{2212}"]
                .into_iter()
                .find(|sign| self.follows(sign.as_bytes()))
            {
                minus = !after_word || dollar;
                self.at += sign.len();
            } else if dollar && self.peek(0) == b' ' {
                self.at += 1;
            } else {
                return (dollar, minus);
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while let Some(&byte) = self.text.get(self.at) {
            if byte.is_ascii_alphabetic() {
                return Some(Token::Word(self.word()));
            }
            let (is_money, is_negative) = self.signs();
            if self.peek(0).is_ascii_digit() {
                return Some(Token::Number(self.number(is_money, is_negative)));
            }
            if self.text.get(self.at) != Some(&byte) {
                continue;
            }
            self.at += 1;
            if matches!(byte, b'.' | b'!' | b';' | b':' | b',' | b'\n' | b'?') {
                let question = byte == b'?';
                return Some(Token::End { question });
            }
        }
        None
    }
}
