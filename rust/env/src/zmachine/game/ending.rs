//! How a story ends, as it is told: `*** You have won ***`, and an offer to begin again.

/// What tells of a good end.
const GOOD: [&str; 3] = ["won", "victor", "congratulat"];
/// What a last text says before it tells the score.
const SCORED: [&str; 2] = ["you scored ", "score is "];

/// A line between stars, in small letters and without them; the last of a text.
fn banner(text: &str) -> Option<(usize, String)> {
    let mut at = 0;
    let mut found = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let inner = trimmed.trim_matches('*').trim();
        if trimmed.starts_with("***") && trimmed.ends_with("***") && !inner.is_empty() {
            found = Some((at, inner.to_lowercase()));
        }
        at += line.len();
    }
    found
}

/// Whether the text is the last of a story that has not stopped: a banner, and then the offer to
/// restart, which waits for an answer.
pub(super) fn is_last(text: &str) -> bool {
    banner(text).is_some_and(|(at, _)| text[at..].to_lowercase().contains("restart"))
}

/// Whether a story's last text tells of a good end.
pub(super) fn is_good(text: &str) -> bool {
    banner(text).is_some_and(|(_, told)| GOOD.iter().any(|good| told.contains(good)))
}

/// The score that a last text tells.
pub(super) fn score(text: &str) -> Option<i32> {
    let text = text.to_lowercase();
    let (at, phrase) = SCORED
        .iter()
        .filter_map(|phrase| text.rfind(phrase).map(|at| (at, phrase)))
        .max()?;
    let number = &text[at + phrase.len()..];
    let end = number
        .char_indices()
        .find(|&(index, letter)| !(letter.is_ascii_digit() || index == 0 && letter == '-'))
        .map_or(number.len(), |(index, _)| index);
    number[..end].parse::<i16>().ok().map(i32::from)
}

#[cfg(test)]
mod tests {
    use super::{is_good, is_last, score};

    #[test]
    fn ends_are_told_apart() {
        let won = "\n\n    *** You have won ***\n\n\nIn that game you scored 360 out of a possible \
                   360, in 51 turns.\n\nWould you like to RESTART, RESTORE or QUIT?\n> ";
        assert!(is_last(won) && is_good(won));
        assert_eq!(score(won), Some(360));
        let lost = "   ****  You have died  ****\n\nYour score is -10 (total of 350 points).\n\
                    Would you like to restart the game?";
        assert!(is_last(lost) && !is_good(lost));
        assert_eq!(score(lost), Some(-10));
    }

    #[test]
    fn a_game_that_goes_on_has_not_ended() {
        assert!(!is_last("The sign says:\n*** No entry ***\n\n>"));
        assert!(!is_last("***\nTo RESTART, say so.\n>"));
        assert!(!is_last("You won!"));
        assert_eq!(score("You scored!"), None);
        assert_eq!(
            score("you scored 2147483647"),
            None,
            "no story counts so far"
        );
        assert_eq!(score("The score is tied."), None);
    }
}
