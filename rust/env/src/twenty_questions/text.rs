//! From text to words, numbers and letters: cases, punctuation and contractions are done with here.

/// Mark of a comma.
pub const COMMA: &str = "<comma>";
/// Mark of the end of a sentence.
pub const STOP: &str = "<stop>";
/// Mark of the "not" of a contraction.
pub const NOT_MARK: &str = "<not>";

/// What text is made of.
pub enum Part<'a> {
    /// "A" or "an".
    Article,
    /// A word in lower case, or a mark.
    Word(&'a str),
    /// A number in digits.
    Number(f64),
    /// A letter that is spoken of: "the letter b".
    Letter(char),
}

fn is_inner(character: char) -> bool {
    character.is_alphanumeric() || character == '\'' || character == '’'
}

/// Calls `push` for each word of a text, in lower case, contractions written out.
pub fn split_words(text: &str, mut push: impl FnMut(Part<'_>)) {
    let mut word = String::with_capacity(24);
    let mut after_letter = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit()
            || (first == '$' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            rest = number(rest, &mut push);
            continue;
        }
        if !is_inner(first) {
            rest = &rest[first.len_utf8()..];
            match first {
                ',' => push(Part::Word(COMMA)),
                '.' | '?' | '!' | ';' | '\n' => push(Part::Word(STOP)),
                '/' => push(Part::Word("or")),
                _ => {}
            }
            continue;
        }
        let length = rest.find(|c: char| !is_inner(c)).unwrap_or(rest.len());
        word.clear();
        word.extend(
            rest[..length]
                .chars()
                .map(|c| if c == '’' { '\'' } else { c })
                .flat_map(char::to_lowercase),
        );
        rest = &rest[length..];
        let quoted = word.len() > 1 && word.starts_with('\'');
        let plain = word.trim_matches('\'');
        // "Does it start with b?"; a last "I" is rather a person.
        let is_last = plain != "i" && !rest.contains(char::is_alphanumeric);
        match plain.as_bytes() {
            [] => {}
            [letter]
                if letter.is_ascii_alphabetic()
                    && (quoted || after_letter || is_last || rest.starts_with('"')) =>
            {
                push(Part::Letter(char::from(*letter)));
            }
            _ if matches!(plain, "a" | "an") => push(Part::Article),
            _ => contraction(plain, &mut push),
        }
        after_letter = plain == "letter" || plain == "letters";
    }
}

/// Pushes a number with its currency, and gives what follows it.
fn number<'a>(text: &'a str, push: &mut impl FnMut(Part<'_>)) -> &'a str {
    let digits = text.trim_start_matches('$');
    let inner = |(at, c): (usize, char)| {
        let next = digits[at..].chars().nth(1);
        let ends = !(c.is_ascii_digit()
            || matches!(c, '.' | ',') && next.is_some_and(|c| c.is_ascii_digit()));
        ends.then_some(at)
    };
    let length = digits
        .char_indices()
        .find_map(inner)
        .unwrap_or(digits.len());
    match digits[..length].replace(',', "").parse() {
        Ok(value) => push(Part::Number(value)),
        Err(_) => push(Part::Word("")),
    }
    if digits.len() < text.len() {
        push(Part::Word("dollar"));
    }
    &digits[length..]
}

/// Pushes a word, written out if it is a contraction.
fn contraction(word: &str, push: &mut impl FnMut(Part<'_>)) {
    let irregular = match word {
        "can't" | "cannot" => Some("can"),
        "won't" => Some("will"),
        "isnt" | "ain't" => Some("is"),
        "doesnt" => Some("does"),
        _ => word.strip_suffix("n't"),
    };
    if let Some(verb) = irregular {
        push(Part::Word(verb));
        return push(Part::Word(NOT_MARK));
    }
    let Some((head, tail)) = word.split_once('\'') else {
        return push(Part::Word(word));
    };
    push(Part::Word(head));
    match tail {
        "s" if matches!(
            head,
            "it" | "that" | "this" | "what" | "there" | "he" | "she"
        ) =>
        {
            push(Part::Word("is"));
        }
        "re" => push(Part::Word("are")),
        "ve" => push(Part::Word("have")),
        "ll" => push(Part::Word("will")),
        "d" => push(Part::Word("would")),
        "m" => push(Part::Word("am")),
        _ => {}
    }
}
