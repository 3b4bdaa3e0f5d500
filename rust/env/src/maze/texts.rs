//! What the agent is told.

/// What is said of walls, by the set of moves that they stop.
pub(super) const WALLS: [&str; 16] = [
    "Walls: none.",
    "Walls: right.",
    "Walls: left.",
    "Walls: right, left.",
    "Walls: up.",
    "Walls: right, up.",
    "Walls: left, up.",
    "Walls: right, left, up.",
    "Walls: down.",
    "Walls: right, down.",
    "Walls: left, down.",
    "Walls: right, left, down.",
    "Walls: up, down.",
    "Walls: right, up, down.",
    "Walls: left, up, down.",
    "Walls: right, left, up, down.",
];

/// Writes `row, column`, each below 100.
pub(super) fn push_position(text: &mut String, (row, column): (usize, usize)) {
    push_number(text, row);
    text.push_str(", ");
    push_number(text, column);
}

fn push_number(text: &mut String, number: usize) {
    let digit = |value: usize| char::from(b"0123456789"[value % 10]);
    if number >= 10 {
        text.push(digit(number / 10));
    }
    text.push(digit(number));
}

#[cfg(test)]
mod tests {
    use super::WALLS;
    use crate::maze::moves::Move;

    #[test]
    fn the_sixteen_texts_name_the_moves_of_their_sets() {
        for (set, text) in (0_u8..).zip(WALLS) {
            let names: Vec<&str> = Move::ALL
                .into_iter()
                .filter(|step| set & step.bit() != 0)
                .map(Move::direction)
                .collect();
            let told = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            assert_eq!(text, format!("Walls: {told}."));
        }
    }
}
