//! A game: the position, those it may repeat, and how it ends.

use cozy_chess::{
    BitBoard, Board, Color, Move, Piece, Rank, Square, get_king_moves, get_pawn_attacks,
};

/// How a game ended. Who is to move after a checkmate has lost; all else is a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The king is in check and there is no legal move.
    Checkmate,
    /// There is no legal move.
    Stalemate,
    /// No sequence of legal moves leads to a checkmate.
    Material,
    /// The position is there for the third time.
    Repetition,
    /// 50 moves of each side without a capture or a move of a pawn.
    FiftyMoves,
}

/// A position and what came before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    board: Board,
    /// The earlier positions since the last capture or move of a pawn: at most 100.
    seen: Vec<u64>,
}

impl Game {
    /// A game that begins with this position.
    pub fn new(board: Board) -> Self {
        let seen = Vec::new();
        Self { board, seen }
    }

    /// A game with earlier positions, unless they are more than the half-move clock allows.
    pub fn with_seen(board: Board, seen: Vec<u64>) -> Option<Self> {
        (seen.len() <= usize::from(board.halfmove_clock())).then_some(Self { board, seen })
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    pub fn seen(&self) -> &[u64] {
        &self.seen
    }

    /// Plays a legal move.
    pub fn play(&mut self, played: Move) {
        let before = key(&self.board);
        self.board.play_unchecked(played);
        if self.board.halfmove_clock() == 0 {
            self.seen.clear();
        } else {
            self.seen.push(before);
        }
    }

    /// How the game ended, if it did.
    pub fn end(&self) -> Option<End> {
        let board = &self.board;
        if !board.generate_moves(|_| true) {
            return Some(if board.checkers().is_empty() {
                End::Stalemate
            } else {
                End::Checkmate
            });
        }
        if insufficient_material(board) {
            Some(End::Material)
        } else if self.repetitions() >= 2 {
            Some(End::Repetition)
        } else if board.halfmove_clock() >= 100 {
            Some(End::FiftyMoves)
        } else {
            None
        }
    }

    /// How often the position was there before.
    fn repetitions(&self) -> usize {
        // Each time takes two moves of each side.
        if self.seen.len() < 8 {
            return 0;
        }
        let now = key(&self.board);
        self.seen.iter().filter(|&&earlier| earlier == now).count()
    }
}

/// Equal for positions that are the same by the rules: pieces, side to move, castling rights and
/// legal captures en passant.
fn key(board: &Board) -> u64 {
    if legal_en_passant(board).is_some() {
        board.hash()
    } else {
        board.hash_without_ep()
    }
}

/// Where a pawn can be captured en passant.
pub fn legal_en_passant(board: &Board) -> Option<Square> {
    let color = board.side_to_move();
    let to = Square::new(board.en_passant()?, Rank::Sixth.relative_to(color));
    let takers = get_pawn_attacks(to, !color) & board.colored_pieces(color, Piece::Pawn);
    let promotion = None;
    takers
        .into_iter()
        .any(|from| {
            board.is_legal(Move {
                from,
                to,
                promotion,
            })
        })
        .then_some(to)
}

/// Whether the kings are apart, which the crate does not ask of a position.
pub fn kings_apart(board: &Board) -> bool {
    !get_king_moves(board.king(Color::White)).has(board.king(Color::Black))
}

/// Neither side can ever checkmate: bare kings, one knight, or bishops of one colour of squares.
pub fn insufficient_material(board: &Board) -> bool {
    let mating = board.pieces(Piece::Pawn) | board.pieces(Piece::Rook) | board.pieces(Piece::Queen);
    if !mating.is_empty() {
        return false;
    }
    let bishops = board.pieces(Piece::Bishop);
    match board.pieces(Piece::Knight).len() {
        0 => {
            bishops.is_subset(BitBoard::DARK_SQUARES) || bishops.is_subset(BitBoard::LIGHT_SQUARES)
        }
        1 => bishops.is_empty(),
        _ => false,
    }
}

/// Calls `each` with every legal move.
pub fn legal_moves(board: &Board, mut each: impl FnMut(Move)) {
    board.generate_moves(|moves| {
        moves.into_iter().for_each(&mut each);
        false
    });
}

/// The legal move of this number, below [`count_moves`].
pub fn nth_move(board: &Board, mut number: usize) -> Option<Move> {
    let mut found = None;
    board.generate_moves(|moves| {
        if number < moves.len() {
            found = moves.into_iter().nth(number);
            return true;
        }
        number -= moves.len();
        false
    });
    found
}

/// How many legal moves there are.
pub fn count_moves(board: &Board) -> usize {
    let mut count = 0;
    board.generate_moves(|moves| {
        count += moves.len();
        false
    });
    count
}

/// `white` or `black`.
pub fn color_name(color: Color) -> &'static str {
    match color {
        Color::White => "white",
        Color::Black => "black",
    }
}
