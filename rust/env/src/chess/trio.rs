//! Endings of a king and one piece against a king: the positions and their moves.

use cozy_chess::{
    BitBoard, Board, Color, Piece, Rank, Square, get_bishop_moves, get_king_moves,
    get_pawn_attacks, get_pawn_quiets, get_rook_moves,
};

/// Positions with the same side to move: by the squares of the king, his piece and the lone king.
pub const POSITIONS: usize = 64 * 64 * 64;

/// The piece of a three-piece ending; the side that has it is white here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// King and queen against king.
    Queen,
    /// King and rook against king.
    Rook,
    /// King and pawn against king.
    Pawn,
}

impl Ending {
    pub fn piece(self) -> Piece {
        match self {
            Self::Queen => Piece::Queen,
            Self::Rook => Piece::Rook,
            Self::Pawn => Piece::Pawn,
        }
    }

    pub fn of(piece: Piece) -> Option<Self> {
        [Self::Queen, Self::Rook, Self::Pawn]
            .into_iter()
            .find(|ending| ending.piece() == piece)
    }
}

/// Where the three pieces stand, seen by the side that has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trio {
    pub king: Square,
    pub piece: Square,
    pub lone: Square,
}

impl Trio {
    pub fn index(self) -> usize {
        (self.king as usize) << 12 | (self.piece as usize) << 6 | self.lone as usize
    }

    pub fn at(index: usize) -> Self {
        let square = |shift: usize| Square::index_const(index >> shift & 63);
        Self {
            king: square(12),
            piece: square(6),
            lone: square(0),
        }
    }

    /// The ending of a board of three pieces, where they stand with the stronger side as white, and
    /// who that is.
    pub fn of(board: &Board) -> Option<(Ending, Self, Color)> {
        if board.occupied().len() != 3 {
            return None;
        }
        let square = (board.occupied() & !board.pieces(Piece::King)).next_square()?;
        let ending = Ending::of(board.piece_on(square)?)?;
        let strong = board.color_on(square)?;
        let trio = Self {
            king: board.king(strong).relative_to(strong),
            piece: square.relative_to(strong),
            lone: board.king(!strong).relative_to(strong),
        };
        Some((ending, trio, strong))
    }

    fn occupied(self) -> BitBoard {
        self.king.bitboard() | self.piece.bitboard() | self.lone.bitboard()
    }

    /// What the piece attacks, through the lone king, who cannot hide behind himself.
    pub fn attacks(self, ending: Ending) -> BitBoard {
        let blockers = self.king.bitboard();
        match ending {
            Ending::Rook => get_rook_moves(self.piece, blockers),
            Ending::Queen => {
                get_rook_moves(self.piece, blockers) | get_bishop_moves(self.piece, blockers)
            }
            Ending::Pawn => get_pawn_attacks(self.piece, Color::White),
        }
    }

    /// Three squares, kings apart, no pawn on its first or last rank.
    pub fn stands(self, ending: Ending) -> bool {
        self.occupied().len() == 3
            && !get_king_moves(self.king).has(self.lone)
            && (ending != Ending::Pawn || (8..56).contains(&(self.piece as usize)))
    }

    /// A legal position, whoever is to move.
    pub fn is_legal(self, ending: Ending, strong_to_move: bool) -> bool {
        self.stands(ending) && !(strong_to_move && self.attacks(ending).has(self.lone))
    }

    /// Where the lone king can go; to the square of the piece by capturing it.
    pub fn flights(self, ending: Ending) -> BitBoard {
        let guarded = get_king_moves(self.king);
        get_king_moves(self.lone) & !guarded & !self.attacks(ending)
    }

    /// The lone king, who is to move, is attacked and has nowhere to go.
    pub fn is_mated(self, ending: Ending) -> bool {
        self.attacks(ending).has(self.lone) && self.flights(ending).is_empty()
    }

    /// Squares the king can go to; he cannot capture.
    pub fn king_steps(self) -> BitBoard {
        get_king_moves(self.king) & !self.occupied() & !get_king_moves(self.lone)
    }

    /// Squares the king may have come from; a lone king beside them stood there illegally.
    pub fn king_origins(self) -> BitBoard {
        get_king_moves(self.king) & !self.occupied()
    }

    /// Squares the lone king may have come from, without a capture.
    pub fn lone_origins(self) -> BitBoard {
        get_king_moves(self.lone) & !self.occupied()
    }

    pub fn with_king(self, king: Square) -> Self {
        Self { king, ..self }
    }

    pub fn with_piece(self, piece: Square) -> Self {
        Self { piece, ..self }
    }

    pub fn with_lone(self, lone: Square) -> Self {
        Self { lone, ..self }
    }

    /// Squares the piece can leave for, promotions included.
    pub fn piece_steps(self, ending: Ending) -> BitBoard {
        let blockers = self.occupied();
        match ending {
            Ending::Rook => get_rook_moves(self.piece, blockers) & !blockers,
            Ending::Queen => {
                (get_rook_moves(self.piece, blockers) | get_bishop_moves(self.piece, blockers))
                    & !blockers
            }
            Ending::Pawn => get_pawn_quiets(self.piece, Color::White, blockers),
        }
    }

    /// Squares the piece may have come from, without a capture or promotion.
    pub fn piece_origins(self, ending: Ending) -> BitBoard {
        if ending != Ending::Pawn {
            return self.piece_steps(ending);
        }
        let free = !(self.occupied() | Rank::First.bitboard());
        let one = BitBoard(self.piece.bitboard().0 >> 8) & free;
        if self.piece.rank() == Rank::Fourth {
            one | BitBoard(one.0 >> 8) & free
        } else {
            one
        }
    }
}
