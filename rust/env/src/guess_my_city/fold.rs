//! Letters without accents, words without plural endings.

/// An accent that stands behind its letter.
pub fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// How a lower-case letter is written without its accent; nothing if it has none.
pub fn fold(letter: char) -> &'static str {
    match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' => {
            "a"
        }
        'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ế' | 'ề' | 'ệ' => "e",
        'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' | 'į' | 'ị' | 'ỉ' => "i",
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ồ' | 'ố' | 'ộ' | 'ơ' => "o",
        'ú' | 'ù' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ụ' | 'ư' | 'ŭ' => "u",
        'ç' | 'ć' | 'č' | 'ĉ' => "c",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ş' | 'ș' | 'š' | 'ś' => "s",
        'ţ' | 'ț' | 'ť' => "t",
        'ž' | 'ź' | 'ż' => "z",
        'ğ' | 'ģ' | 'ĝ' => "g",
        'ý' | 'ÿ' => "y",
        'ł' => "l",
        'đ' | 'ð' | 'ď' => "d",
        'ř' => "r",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => "",
    }
}

/// The text in lower case without accents, as [`Token::Word`] has it.
pub fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match fold(letter) {
            "" if is_mark(letter) => {}
            "" => plain.push(letter),
            folded => plain.push_str(folded),
        }
    }
    plain
}

/// A word without the ending of the plural.
pub fn stem(word: &str) -> &str {
    if word.len() <= 3 || !word.is_ascii() {
        return word;
    }
    if let Some(base) = word.strip_suffix("es")
        && ["ch", "sh", "x", "ss", "zz", "bus", "rus"]
            .iter()
            .any(|end| base.ends_with(end))
    {
        return base;
    }
    match word.strip_suffix('s') {
        Some(base) if !["s", "u", "i"].iter().any(|end| base.ends_with(end)) => base,
        _ => word,
    }
}

/// The words of a text in lower case without accents, each between two spaces, and without an
/// article before them.
pub fn plain(text: &str) -> String {
    let mut plain = String::from(" ");
    for letter in folded(text).chars() {
        if letter.is_alphanumeric() {
            plain.push(letter);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    match plain.strip_prefix(" the") {
        Some(rest) if rest.starts_with(' ') && rest.len() > 1 => rest.to_owned(),
        _ => plain,
    }
}
