//! Positions with few pieces.

use archer_env::chess::{ENDGAMES, after, best, distance, ending};
use archer_env::{Options, make};

use crate::{options, say};

#[test]
fn endgames_have_the_pieces_that_are_asked_for_and_the_agent_to_move() {
    for (pieces, colour, letters) in [
        ("KQvK", "white", "KQk"),
        ("KRvKN", "black", "KNkr"),
        ("KPPvKP", "random", ""),
        ("KQRvK", "white", "KQRk"),
        ("KBNvK", "white", "BKNk"),
        ("KvKQ", "white", "Kkq"),
    ] {
        let json = format!("{{\"pieces\": [{pieces:?}], \"colour\": {colour:?}}}");
        let mut envs = make(ENDGAMES, 50, 3, &options(&json)).unwrap();
        let indices: Vec<usize> = (0..50).collect();
        let openings = envs.reset(&indices, &Options::new()).unwrap();
        let mut boards: Vec<String> = envs.hidden(&indices).unwrap();
        for (opening, board) in openings.iter().zip(&boards) {
            let fields: Vec<&str> = board.split(' ').collect();
            let side = if opening.starts_with("You play white") {
                "w"
            } else {
                "b"
            };
            assert_eq!(fields[1..], [side, "-", "-", "0", "1"]);
            let mut found: Vec<char> = fields[0].chars().filter(|c| c.is_alphabetic()).collect();
            found.sort_unstable();
            let mut wanted: Vec<char> = letters.chars().collect();
            wanted.sort_unstable();
            assert!(letters.is_empty() || found == wanted, "{board}");
            assert_eq!(ending(board).unwrap(), None);
        }
        boards.sort_unstable();
        boards.dedup();
        assert!(boards.len() > 45, "positions vary");
    }
}

/// Mate in so many moves of the side to move, as tables everywhere have them.
#[test]
fn distances_to_mate_are_those_of_the_literature() {
    for (fen, plies) in [
        ("7k/8/5KQ1/8/8/8/8/8 w - - 0 1", Some(1)),
        ("7k/6Q1/6K1/8/8/8/8/8 b - - 0 1", Some(0)),
        ("7k/8/6K1/8/8/8/8/5Q2 w - - 0 1", Some(1)),
        // Stalemate; and the rook is lost.
        ("7k/5Q2/6K1/8/8/8/8/8 b - - 0 1", None),
        ("8/8/8/8/8/1k6/1R6/3K4 b - - 0 1", None),
        // The opposition: a draw, and a win with the other side to move.
        ("4k3/8/4K3/4P3/8/8/8/8 b - - 0 1", Some(24)),
        ("8/4k3/8/4K3/4P3/8/8/8 w - - 0 1", None),
        // A rook's pawn whose square the king reaches.
        ("k7/8/8/8/8/8/P7/7K w - - 0 1", None),
    ] {
        assert_eq!(distance(fen).unwrap(), plies, "{fen}");
        let mirrored = mirror(fen);
        assert_eq!(distance(&mirrored).unwrap(), plies, "{mirrored}");
    }
    assert!(distance("4k3/8/8/8/8/8/8/4K2N w - - 0 1").is_err());
}

/// The same position with the colours exchanged.
fn mirror(fen: &str) -> String {
    let (board, rest) = fen.split_once(' ').unwrap();
    let swapped = board.chars().map(|c| {
        if c.is_ascii_uppercase() {
            c.to_ascii_lowercase()
        } else {
            c.to_ascii_uppercase()
        }
    });
    let swapped: String = swapped.collect();
    let ranks: Vec<&str> = swapped.split('/').rev().collect();
    let rest = match rest.split_once(' ').unwrap() {
        ("w", rest) => format!("b {rest}"),
        (_, rest) => format!("w {rest}"),
    };
    format!("{} {rest}", ranks.join("/"))
}

/// Best play against best play is mate after as many plies as the table says.
#[test]
fn the_best_moves_lead_one_ply_nearer_to_mate() {
    let mut longest = 0;
    for (pieces, most) in [("KQvK", 19), ("KRvK", 31), ("KPvK", 55)] {
        let json = format!("{{\"pieces\": {pieces:?}}}");
        let mut envs = make(ENDGAMES, 200, 1, &options(&json)).unwrap();
        let indices: Vec<usize> = (0..200).collect();
        envs.reset(&indices, &Options::new()).unwrap();
        for start in envs.hidden(&indices).unwrap() {
            let Some(plies) = distance(&start).unwrap() else {
                continue;
            };
            assert!(plies <= most, "{start}");
            longest = longest.max(plies);
            let mut position = start;
            for left in (0..plies).rev() {
                let san = best(&position).unwrap().unwrap().swap_remove(0);
                position = after(&position, &san).unwrap().unwrap();
                assert_eq!(distance(&position).unwrap(), Some(left), "{position}");
            }
            assert_eq!(ending(&position).unwrap(), Some("Checkmate"));
        }
    }
    assert!(longest > 25);
}

/// The lone king of opponent "optimal" holds out as long as the table says.
#[test]
fn the_optimal_opponent_is_mated_as_late_as_can_be() {
    let json = r#"{"pieces": "KRvK", "opponent": "optimal", "colour": "random"}"#;
    let mut envs = make(ENDGAMES, 1, 5, &options(json)).unwrap();
    for _ in 0..20 {
        envs.reset(&[0], &Options::new()).unwrap();
        let position = |envs: &dyn archer_env::Environments| envs.hidden(&[0]).unwrap().remove(0);
        let start = position(envs.as_ref());
        let mut left = distance(&start).unwrap().expect(&start);
        loop {
            let san = best(&position(envs.as_ref()))
                .unwrap()
                .unwrap()
                .swap_remove(0);
            let outcome = say(envs.as_mut(), &san);
            if outcome.terminated {
                assert_eq!((left, outcome.win), (1, true));
                break;
            }
            left -= 2;
            assert_eq!(distance(&position(envs.as_ref())).unwrap(), Some(left));
        }
    }
}
