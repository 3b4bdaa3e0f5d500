//! Hand-played games.

use archer_env::Outcome;
use archer_env::chess::{FULL, after};

use crate::{START, begun, say};

/// What a move in this position leads to, in an environment of its own.
fn said(fen: &str, utterance: &str) -> Outcome {
    let reset = format!("{{\"fen\": {fen:?}}}");
    let (mut envs, _) = begun(FULL, r#"{"observation": "moves"}"#, &reset);
    say(envs.as_mut(), utterance)
}

#[test]
fn what_is_no_legal_move_costs_one_and_the_agent_is_still_to_move() {
    let (mut envs, opening) = begun(FULL, "{}", "{}");
    assert_eq!(
        opening,
        format!("You play white. Say one move, such as Nf3.\n{START}\n")
    );
    for text in [
        "", " ", "e5", "Ke2", "O-O", "O-O-O", "hello", "e4 e5", "resign", "--", "0000", "-", "N",
        "exd5", "e9", "i4", "e2e5", "e4=Q", "ee4", "🙂", "b", "e8=K", "P", "Pe4", "e7e5",
    ] {
        let outcome = say(envs.as_mut(), text);
        assert_eq!(
            outcome.observation,
            format!("{START}\nNot a legal move."),
            "{text:?}"
        );
        assert_eq!((outcome.reward, outcome.invalid), (-1.0, true), "{text:?}");
        assert!(!outcome.terminated && !outcome.truncated);
    }
    let two = "4k3/8/8/8/8/8/8/1N2KN2 w - - 0 1";
    let outcome = said(two, "Nd2");
    assert_eq!(
        outcome.observation,
        "Ambiguous: several legal moves are written like this."
    );
    assert!(outcome.invalid);
    assert!(!said(two, "Nbd2").invalid);
    assert!(said("8/4P1k1/8/8/8/8/8/4K3 w - - 0 1", "e8").invalid);
}

#[test]
fn games_end_as_the_rules_say() {
    let ends = [
        (
            "6k1/5ppp/8/8/8/8/8/R3K3 w - - 0 1",
            "Ra8",
            "Checkmate: you win.",
            1.0,
            true,
        ),
        (
            "7k/8/6K1/8/8/8/8/5Q2 w - - 0 1",
            "Qf7",
            "Stalemate: a draw.",
            0.5,
            false,
        ),
        (
            "k7/8/8/8/8/8/1p6/K7 w - - 0 1",
            "Kxb2",
            "Insufficient material: a draw.",
            0.5,
            false,
        ),
        (
            "1k6/7r/8/8/8/8/R7/K7 w - - 99 80",
            "Rb2",
            "Fifty-move rule: a draw.",
            0.5,
            false,
        ),
        // A checkmate comes before the fifty-move rule.
        (
            "6k1/5ppp/8/8/8/8/8/R3K3 w - - 99 80",
            "Ra8",
            "Checkmate: you win.",
            1.0,
            true,
        ),
    ];
    for (fen, text, message, reward, win) in ends {
        let outcome = said(fen, text);
        assert_eq!(outcome.observation, message, "{fen}");
        assert_eq!((outcome.reward, outcome.win), (reward, win), "{fen}");
        assert!(
            outcome.terminated && !outcome.truncated && !outcome.invalid,
            "{fen}"
        );
    }
}

#[test]
fn the_fools_mate_is_found_at_depth_1() {
    let fool = "rnbqkbnr/pppp1ppp/8/4p3/8/5P2/PPPPP1PP/RNBQKBNR w KQkq - 0 2";
    let reset = format!("{{\"fen\": {fool:?}}}");
    let (mut envs, _) = begun(FULL, r#"{"opponent": "alpha_beta", "depth": 1}"#, &reset);
    let outcome = say(envs.as_mut(), "g4");
    let after = "rnb1kbnr/pppp1ppp/8/4p3/6Pq/5P2/PPPPP2P/RNBQKBNR w KQkq - 1 3";
    assert_eq!(
        outcome.observation,
        format!("{after}\nCheckmate: you lose.")
    );
    assert_eq!(
        (outcome.reward, outcome.terminated, outcome.win),
        (-1.0, true, false)
    );
}

#[test]
fn a_position_that_is_there_for_the_third_time_is_a_draw() {
    // Black's king can only go to and fro.
    let reset = r#"{"fen": "k7/3P4/PP6/8/8/8/8/K7 w - - 0 1"}"#;
    let (mut envs, _) = begun(FULL, r#"{"observation": "moves"}"#, reset);
    let outcomes = ["Ka2", "Ka1", "Ka2", "Ka1"].map(|text| say(envs.as_mut(), text));
    let replies = outcomes
        .each_ref()
        .map(|outcome| outcome.observation.as_ref());
    let last = "Ka8\nThreefold repetition: a draw.";
    assert_eq!(replies, ["Kb8", "Ka8", "Kb8", last]);
    let rewards = outcomes.each_ref().map(|outcome| outcome.reward);
    assert_eq!(rewards.as_slice(), [0.0, 0.0, 0.0, 0.5]);
    assert!(outcomes[3].terminated && !outcomes[3].win && !outcomes[2].terminated);
}

#[test]
fn an_episode_of_max_turns_is_truncated_and_a_draw_at_that_turn_is_not() {
    let reset = r#"{"fen": "k7/3P4/PP6/8/8/8/8/K7 w - - 0 1"}"#;
    for (max_turns, ended) in [(3, (false, true)), (4, (true, false))] {
        let json = format!("{{\"max_turns\": {max_turns}}}");
        let (mut envs, _) = begun(FULL, &json, reset);
        let texts = ["Ka2", "Ka1"].into_iter().cycle().take(max_turns);
        let last = texts.map(|text| say(envs.as_mut(), text)).last().unwrap();
        assert_eq!((last.terminated, last.truncated), ended);
    }
}

#[test]
fn black_begins_with_what_white_has_played() {
    let (mut envs, opening) = begun(
        FULL,
        r#"{"colour": "black", "observation": "moves", "opponent": "alpha_beta"}"#,
        "{}",
    );
    let start = format!("You play black. Say one move, such as Nf3.\n{START}\n");
    let first = opening.strip_prefix(&start).unwrap().trim_end();
    let position = after(START, first).unwrap().unwrap();
    assert_eq!(envs.hidden(&[0]).unwrap(), [position]);
    assert!(!say(envs.as_mut(), "e5").invalid);
    let (envs, opening) = begun(FULL, r#"{"colour": "black"}"#, "{}");
    assert_eq!(
        opening.lines().last(),
        Some(envs.hidden(&[0]).unwrap()[0].as_str())
    );
}
