//! Moves as text: SAN and UCI.

use std::fmt::Write as _;

use cozy_chess::util::display_san_move;
use cozy_chess::{BitBoard, Board, File, Move, Piece, Rank, Square};

/// Longer texts without white space are no move: `12...Qa1xb2=Q+!?` and some more.
const LONGEST: usize = 24;

/// What an utterance says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// One legal move.
    Move(Move),
    /// Several legal moves.
    Ambiguous,
    /// No legal move.
    Illegal,
}

/// What moves, to where, as a text names it.
struct Wanted {
    from: BitBoard,
    to: Square,
    promotion: Option<Piece>,
}

/// Reads a move as forgivingly as is safe: SAN, long algebraic or UCI notation, with white space
/// anywhere, in either case, with or without `x`, `=`, `+`, a move number and annotations.
///
/// A small b is the b-pawn where its move is legal, and otherwise the bishop.
pub fn read_move(board: &Board, text: &str) -> Said {
    let mut buffer = [0; LONGEST];
    let Some(word) = squeezed(text, &mut buffer) else {
        return Said::Illegal;
    };
    if let Some(said) = castling(board, word) {
        return said;
    }
    let capital = word.first().is_some_and(u8::is_ascii_uppercase);
    word.make_ascii_lowercase();
    // `b8c6` begins on b8, however well a bishop could go from that rank.
    let square = !capital && matches!(word, [b'b', b'1'..=b'8', ..]);
    let as_piece = || piece_move(board, word).filter(|_| !square);
    let as_squares = || squares_move(board, word);
    let readings: [&dyn Fn() -> Option<Wanted>; 2] = if capital {
        [&as_piece, &as_squares]
    } else {
        [&as_squares, &as_piece]
    };
    for reading in readings {
        match reading().map_or(Said::Illegal, |wanted| matching(board, &wanted)) {
            Said::Illegal => {}
            said => return said,
        }
    }
    Said::Illegal
}

/// The text without white space, move number and annotations, if it is short and ASCII.
fn squeezed<'a>(text: &str, buffer: &'a mut [u8; LONGEST]) -> Option<&'a mut [u8]> {
    let mut length = 0;
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        if !letter.is_ascii() {
            return None;
        }
        *buffer.get_mut(length)? = letter as u8;
        length += 1;
    }
    let mut word = &mut buffer[..length];
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let dots = word[digits..]
        .iter()
        .take_while(|&&byte| byte == b'.')
        .count();
    if dots > 0 {
        word = &mut word[digits + dots..];
    }
    while let [rest @ .., b'+' | b'#' | b'!' | b'?' | b'.'] = word {
        word = rest;
    }
    Some(word)
}

/// `O-O` and `O-O-O`, with zeros or small letters too; nothing for any other text.
fn castling(board: &Board, word: &[u8]) -> Option<Said> {
    let letters = word.iter().filter(|&&byte| byte != b'-');
    if word.is_empty() || !letters.clone().all(|byte| b"0oO".contains(byte)) {
        return None;
    }
    let color = board.side_to_move();
    let rights = board.castle_rights(color);
    let rook = match letters.count() {
        2 => rights.short,
        3 => rights.long,
        _ => None,
    };
    let from = board.king(color);
    let castled = rook.map(|file| Move {
        from,
        to: Square::new(file, from.rank()),
        promotion: None,
    });
    Some(match castled {
        Some(castled) if board.is_legal(castled) => Said::Move(castled),
        _ => Said::Illegal,
    })
}

/// `nf3`, `nbd7`, `qh4xe1`: the letter of a piece and its squares.
fn piece_move(board: &Board, word: &[u8]) -> Option<Wanted> {
    let (&letter, rest) = word.split_first()?;
    let piece = piece(letter)?;
    let (from, to, promotion) = squares(rest)?;
    let color = board.side_to_move();
    // A king who takes his rook is the crate's castling, which is not what this says.
    let castles = piece == Piece::King && board.colors(color).has(to);
    (promotion.is_none() && !castles).then_some(Wanted {
        from: board.colored_pieces(color, piece)
            & from.0.map_or(BitBoard::FULL, File::bitboard)
            & from.1.map_or(BitBoard::FULL, Rank::bitboard),
        to,
        promotion,
    })
}

/// `e4`, `exd5`, `e8=q`: a pawn; or `g1f3`: whatever stands on the first square.
fn squares_move(board: &Board, word: &[u8]) -> Option<Wanted> {
    let (from, to, promotion) = squares(word)?;
    let color = board.side_to_move();
    if let (Some(file), Some(rank)) = from {
        let from = Square::new(file, rank);
        let to = castled_to(board, from, to);
        let from = from.bitboard() & board.colors(color);
        return Some(Wanted {
            from,
            to,
            promotion,
        });
    }
    // A pawn that captures names its file, and one that does not names it once.
    let file = from.0.unwrap_or(to.file());
    (from.1.is_none() && from.0 != Some(to.file())).then_some(Wanted {
        from: board.colored_pieces(color, Piece::Pawn) & file.bitboard(),
        to,
        promotion,
    })
}

/// UCI writes castling as the king's move, the crate as his taking the rook.
fn castled_to(board: &Board, from: Square, to: Square) -> Square {
    let color = board.side_to_move();
    let rights = board.castle_rights(color);
    let rook = match to.file() {
        File::G => rights.short,
        File::C => rights.long,
        _ => None,
    };
    match rook {
        Some(rook)
            if from == board.king(color) && from.file() == File::E && from.rank() == to.rank() =>
        {
            Square::new(rook, to.rank())
        }
        _ => to,
    }
}

/// `[file][rank][x]square[[=]promotion]`, in small letters.
type Squares = ((Option<File>, Option<Rank>), Square, Option<Piece>);

fn squares(mut word: &[u8]) -> Option<Squares> {
    let mut promotion = None;
    if let [rest @ .., last] = word
        && !last.is_ascii_digit()
    {
        promotion = Some(piece(*last).filter(|piece| *piece != Piece::King)?);
        word = rest.strip_suffix(b"=").unwrap_or(rest);
    }
    let (rest, &[file_to, rank_to]) = word.split_last_chunk()?;
    let to = Square::new(file(file_to)?, rank(rank_to)?);
    let rest = rest
        .strip_suffix(b"x")
        .or_else(|| rest.strip_suffix(b"-"))
        .unwrap_or(rest);
    let from = match *rest {
        [] => (None, None),
        [one] if one.is_ascii_digit() => (None, Some(rank(one)?)),
        [one] => (Some(file(one)?), None),
        [one, two] => (Some(file(one)?), Some(rank(two)?)),
        _ => return None,
    };
    Some((from, to, promotion))
}

fn file(letter: u8) -> Option<File> {
    File::try_index(usize::from(letter.checked_sub(b'a')?))
}

fn rank(digit: u8) -> Option<Rank> {
    Rank::try_index(usize::from(digit.checked_sub(b'1')?))
}

/// Of the letters of SAN, so without the pawn's.
fn piece(letter: u8) -> Option<Piece> {
    Some(match letter {
        b'n' => Piece::Knight,
        b'b' => Piece::Bishop,
        b'r' => Piece::Rook,
        b'q' => Piece::Queen,
        b'k' => Piece::King,
        _ => return None,
    })
}

/// The legal move that is meant.
fn matching(board: &Board, wanted: &Wanted) -> Said {
    let mut said = Said::Illegal;
    board.generate_moves_for(wanted.from, |mut moves| {
        moves.to &= wanted.to.bitboard();
        for legal in moves {
            if wanted.promotion.is_some() && legal.promotion != wanted.promotion {
                continue;
            }
            if said != Said::Illegal {
                said = Said::Ambiguous;
                return true;
            }
            said = Said::Move(legal);
        }
        false
    });
    said
}

/// Appends a legal move in SAN.
pub fn write_san(board: &Board, played: Move, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{}", display_san_move(board, played));
}
