//! Which moves there are, and how they may be written.

use archer_env::chess::{after, legal};

use crate::START;

/// Sequences of legal moves, counted through their texts.
fn perft(fen: &str, depth: u32) -> usize {
    let moves = legal(fen).unwrap();
    if depth == 1 {
        return moves.len();
    }
    let after = |san: &String| after(fen, san).unwrap().unwrap();
    moves.iter().map(|san| perft(&after(san), depth - 1)).sum()
}

#[test]
fn moves_are_as_many_as_the_literature_counts() {
    // https://www.chessprogramming.org/Perft_Results
    let known = [
        (START, [20, 400, 8902]),
        (
            "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
            [48, 2039, 97_862],
        ),
        ("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1", [14, 191, 2812]),
        (
            "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
            [6, 264, 9467],
        ),
        (
            "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8",
            [44, 1486, 62_379],
        ),
        (
            "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10",
            [46, 2079, 89_890],
        ),
    ];
    for (fen, counts) in known {
        for (depth, count) in (1..).zip(counts) {
            assert_eq!(perft(fen, depth), count, "{fen} to depth {depth}");
        }
    }
}

#[test]
fn a_move_may_be_written_in_many_ways() {
    let knight = after(START, "Nf3").unwrap().unwrap();
    assert_eq!(
        knight,
        "rnbqkbnr/pppppppp/8/8/8/5N2/PPPPPPPP/RNBQKB1R b KQkq - 1 1"
    );
    for text in [
        "nf3",
        " N f 3\n",
        "NF3",
        "Ngf3",
        "Ng1f3",
        "Ng1-f3",
        "g1f3",
        "G1F3",
        "1. Nf3",
        "1.Nf3!?",
        "Nf3.",
        "12...Nf3",
        "\u{3000}Nf3",
    ] {
        assert_eq!(
            after(START, text).unwrap().as_ref(),
            Some(&knight),
            "{text:?}"
        );
    }
    let castled = "r3k2r/8/8/8/8/8/8/R4RK1 b kq - 1 1";
    let home = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
    for text in ["O-O", "0-0", "o-o", "OO", "e1g1", "O - O", "0-0!"] {
        assert_eq!(
            after(home, text).unwrap().as_deref(),
            Some(castled),
            "{text:?}"
        );
    }
    let long = after(home, "O-O-O").unwrap();
    assert_eq!(after(home, "e1c1").unwrap(), long);
    assert_ne!(long, None);
    let pawn = "8/4P1k1/8/8/8/8/8/4K3 w - - 0 1";
    let queen = after(pawn, "e8=Q").unwrap();
    assert_ne!(queen, None);
    for text in ["e8Q", "e8q", "e8=q", "e7e8q", "e7e8=Q", "e 8 = Q"] {
        assert_eq!(after(pawn, text).unwrap(), queen, "{text:?}");
    }
    assert_ne!(after(pawn, "e8=N").unwrap(), queen);
}

#[test]
fn a_small_b_is_the_pawn_where_that_is_legal_and_the_bishop_elsewhere() {
    let both = "4k3/8/8/8/2p5/1P1B4/8/4K3 w - - 0 1";
    let pawn = Some("4k3/8/8/8/2P5/3B4/8/4K3 b - - 0 1");
    let bishop = Some("4k3/8/8/8/2B5/1P6/8/4K3 b - - 0 1");
    for (text, position) in [
        ("bxc4", pawn),
        ("Bxc4", bishop),
        ("bc4", pawn),
        ("BC4", bishop),
    ] {
        assert_eq!(after(both, text).unwrap().as_deref(), position, "{text}");
    }
    assert!(after(both, "be4").unwrap().is_some());
    // From a square where nothing is, though a bishop could go there from that rank.
    let rank = "4k3/8/8/8/8/8/8/4KB2 w - - 0 1";
    assert_eq!(after(rank, "b1c4").unwrap(), None);
    assert!(after(rank, "B1c4").unwrap().is_some());
    // A pawn that goes straight names its file once, so this is the bishop.
    let line = "4k3/8/8/8/8/B7/1P6/4K3 w - - 0 1";
    assert_eq!(
        after(line, "bb4").unwrap().as_deref(),
        Some("4k3/8/8/8/1B6/8/1P6/4K3 b - - 1 1")
    );
}
