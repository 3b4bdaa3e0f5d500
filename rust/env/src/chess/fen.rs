//! Positions as text: Forsyth-Edwards notation.

use std::fmt::Write as _;

use cozy_chess::{Board, Color, File, Rank, Square};

use super::game::{kings_apart, legal_en_passant};

/// Longer texts are no FEN.
const LONGEST: usize = 120;

/// Appends the position as FEN, with an en passant square only where that capture is legal.
pub fn write_fen(board: &Board, text: &mut String) {
    let white = board.colors(Color::White);
    for rank in Rank::ALL.into_iter().rev() {
        let mut empty = 0_u8;
        for file in File::ALL {
            let square = Square::new(file, rank);
            let Some(piece) = board.piece_on(square) else {
                empty += 1;
                continue;
            };
            flush(&mut empty, text);
            let letter: char = piece.into();
            text.push(if white.has(square) {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
        }
        flush(&mut empty, text);
        if rank != Rank::First {
            text.push('/');
        }
    }
    text.push_str(match board.side_to_move() {
        Color::White => " w ",
        Color::Black => " b ",
    });
    let (white, black) = (
        board.castle_rights(Color::White),
        board.castle_rights(Color::Black),
    );
    let rights = [white.short, white.long, black.short, black.long];
    for (letter, _) in "KQkq"
        .chars()
        .zip(rights)
        .filter(|(_, right)| right.is_some())
    {
        text.push(letter);
    }
    text.push_str(if rights == [None; 4] { "- " } else { " " });
    let _ = match legal_en_passant(board) {
        Some(square) => write!(text, "{square}"),
        None => write!(text, "-"),
    };
    let _ = write!(
        text,
        " {} {}",
        board.halfmove_clock(),
        board.fullmove_number()
    );
}

fn flush(empty: &mut u8, text: &mut String) {
    if *empty > 0 {
        text.push((b'0' + *empty) as char);
        *empty = 0;
    }
}

/// The position as FEN.
pub fn fen(board: &Board) -> String {
    let mut text = String::with_capacity(90);
    write_fen(board, &mut text);
    text
}

/// Reads a FEN of six fields; the error says what is wrong with it.
pub fn read_fen(text: &str) -> Result<Board, String> {
    if text.len() > LONGEST {
        return Err("it is too long".to_owned());
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 6 {
        return Err(format!(
            "it has {} fields, and six are needed",
            fields.len()
        ));
    }
    if fields[0].matches('/').count() != 7 {
        return Err("it has not 8 ranks".to_owned());
    }
    let board = Board::from_fen(&fields.join(" "), false).map_err(|error| error.to_string())?;
    if !kings_apart(&board) {
        return Err("the kings stand side by side".to_owned());
    }
    let off_home = |color: Color| {
        let rights = board.castle_rights(color);
        (rights.short.is_some() || rights.long.is_some()) && board.king(color).file() != File::E
    };
    if off_home(Color::White) || off_home(Color::Black) {
        return Err("a king that may castle stands on the e-file".to_owned());
    }
    Ok(board)
}
