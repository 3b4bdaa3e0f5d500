//! How good a position looks: material, and where the pieces stand.

use cozy_chess::{Board, Color, Piece, Square};

/// In hundredths of a pawn, in the order of [`Piece::ALL`].
pub const VALUES: [i32; 6] = [100, 320, 330, 500, 900, 0];
/// With less than this on the board, pawns apart, kings belong to the centre.
const ENDGAME: i32 = 2600;
/// Ahead by this against pieces without pawns, what is left to do is to checkmate.
const WINNING: i32 = 400;

/// The same for all squares as near to the centre: 0 in the corners, 6 in the middle.
const fn centrality(file: i32, rank: i32) -> i32 {
    7 - i32::midpoint((2 * file - 7).abs(), (2 * rank - 7).abs())
}

/// What a white piece gains by standing on a square; the last table is of kings in endgames.
const PLACES: [[i32; 64]; 7] = {
    let mut places = [[0; 64]; 7];
    let mut square = 0;
    let (mut file, mut rank) = (0, 0);
    while square < 64 {
        let centre = centrality(file, rank);
        places[Piece::Pawn as usize][square] = 2 * centre + 2 * rank * rank - 2;
        places[Piece::Knight as usize][square] = 7 * centre - 21;
        places[Piece::Bishop as usize][square] = 4 * centre - 12;
        places[Piece::Rook as usize][square] = centre + if rank == 6 { 15 } else { 0 };
        places[Piece::Queen as usize][square] = centre;
        places[Piece::King as usize][square] = -8 * centre - 12 * rank;
        places[6][square] = 8 * centre;
        square += 1;
        file = (file + 1) % 8;
        rank += if file == 0 { 1 } else { 0 };
    }
    places
};

/// Hundredths of a pawn by which the side to move is better off.
pub fn evaluate(board: &Board) -> i32 {
    let color = board.side_to_move();
    let (own, their) = (material(board, color), material(board, !color));
    let endgame = own.0 + their.0 < ENDGAME;
    let (own_pawns, their_pawns) = (own.1, their.1);
    let lead = own.0 + own_pawns - their.0 - their_pawns;
    let mut score = lead + places(board, color, endgame) - places(board, !color, endgame);
    if lead >= WINNING && their_pawns == 0 {
        score += cornered(board, !color);
    } else if lead <= -WINNING && own_pawns == 0 {
        score -= cornered(board, color);
    }
    score
}

/// Of the pieces, and of the pawns.
fn material(board: &Board, color: Color) -> (i32, i32) {
    let of = |piece: Piece| {
        let count = board.colored_pieces(color, piece).len();
        VALUES[piece as usize] * i32::try_from(count).unwrap_or(0)
    };
    let pieces = [Piece::Knight, Piece::Bishop, Piece::Rook, Piece::Queen];
    (pieces.into_iter().map(of).sum(), of(Piece::Pawn))
}

fn places(board: &Board, color: Color, endgame: bool) -> i32 {
    let own = board.colors(color);
    let mut score = 0;
    for piece in Piece::ALL {
        let table = if endgame && piece == Piece::King {
            &PLACES[6]
        } else {
            &PLACES[piece as usize]
        };
        for square in own & board.pieces(piece) {
            score += table[square.relative_to(color) as usize];
        }
    }
    score
}

/// A lone king is mated at the edge, with the help of the other king.
fn cornered(board: &Board, loser: Color) -> i32 {
    let (king, other) = (board.king(loser), board.king(!loser));
    20 * (6 - centrality(king.file() as i32, king.rank() as i32)) + 5 * (14 - distance(king, other))
}

fn distance(a: Square, b: Square) -> i32 {
    let files = (a.file() as i32 - b.file() as i32).abs();
    files + (a.rank() as i32 - b.rank() as i32).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_the_same_from_opposite_ends() {
        let white: Board = "r1bqkb1r/pppp1ppp/2n2n2/4p3/2B1P3/5N2/PPPP1PPP/RNBQK2R w KQkq - 4 4"
            .parse()
            .unwrap();
        let black: Board = "rnbqk2r/pppp1ppp/5n2/2b1p3/4P3/2N2N2/PPPP1PPP/R1BQKB1R b KQkq - 4 4"
            .parse()
            .unwrap();
        assert_eq!(evaluate(&white), evaluate(&black));
        assert_eq!(evaluate(&Board::default()), 0);
    }

    #[test]
    fn material_is_what_counts_most_and_a_lone_king_is_driven_to_the_edge() {
        let of = |fen: &str| evaluate(&fen.parse().unwrap());
        assert!(of("4k3/8/8/8/8/8/8/Q3K3 w - - 0 1") > 800);
        assert!(of("4k3/8/8/8/8/8/8/Q3K3 b - - 0 1") < -800);
        assert!(of("k7/8/2K5/8/8/8/8/7R w - - 0 1") > of("8/8/2K5/8/4k3/8/8/7R w - - 0 1") + 100);
    }
}
