//! Lines for a story, and what it prints in answer.

use crate::zmachine::fault::Halt;
use crate::zmachine::machine::Machine;

/// Keys that are pressed in one turn for an agent that says lines.
const MOST_KEYS: usize = 16;

/// Says a line, and runs to the next one; Enter is pressed where the story waits for a key.
pub(super) fn say(machine: &mut Machine, line: &str, budget: u64) -> Halt {
    machine.answer(line);
    go_on(machine, budget)
}

/// Runs to where a line is asked for, or the story stops. One that waits for ever more keys is left
/// waiting, and gets the first character of what is said next.
pub(super) fn go_on(machine: &mut Machine, budget: u64) -> Halt {
    let mut halt = machine.run(budget);
    for _ in 0..MOST_KEYS {
        if halt != Halt::Key {
            break;
        }
        machine.answer("");
        halt = machine.run(machine.budget);
    }
    halt
}

/// A text without the prompt at its end and without the space around it.
pub(super) fn tidy(text: &str) -> &str {
    let text = text.trim_end();
    let text = match text.strip_suffix('>') {
        Some(before) if before.is_empty() || before.ends_with(['\n', ' ']) => before,
        _ => text,
    };
    text.trim_matches(['\n', '\r', ' '])
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn a_prompt_is_no_part_of_a_text() {
        assert_eq!(tidy("\n\nHall\nA hall.\n\n>"), "Hall\nA hall.");
        assert_eq!(
            tidy("Which do you mean, <a> or <b>"),
            "Which do you mean, <a> or <b>"
        );
        assert_eq!(tidy("(yes or no) >"), "(yes or no)");
        assert_eq!(tidy(">"), "");
        assert_eq!(tidy(""), "");
    }
}
