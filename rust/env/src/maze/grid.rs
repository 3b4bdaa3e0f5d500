//! Where a maze has walls.

use super::moves::Move;

/// A cell, numbered row by row from the top left.
pub(super) type Cell = u16;

/// The mark of a cell that is itself a wall; smaller marks are sets of walls around a floor cell.
const WALL: u8 = 1 << Move::ALL.len();

/// The cells of a maze. All floor is connected, and the edge of the map is wall.
pub(super) struct Grid {
    pub height: usize,
    pub width: usize,
    /// For each cell `WALL`, or the walls around it, one bit for each [`Move`] that they stop.
    marks: Vec<u8>,
    /// The floor cells in ascending order.
    pub floor: Vec<Cell>,
}

impl Grid {
    /// The grid whose floor is given row by row; its edge has to be wall.
    pub(super) fn new(height: usize, width: usize, is_floor: &[bool]) -> Self {
        let mut marks = vec![WALL; is_floor.len()];
        let mut floor = Vec::with_capacity(is_floor.len() / 2);
        for cell in (0..is_floor.len()).filter(|&cell| is_floor[cell]) {
            marks[cell] = Move::ALL
                .into_iter()
                .filter(|step| !is_floor[step.from(cell, width)])
                .map(Move::bit)
                .sum();
            floor.extend(Cell::try_from(cell));
        }
        Self {
            height,
            width,
            marks,
            floor,
        }
    }

    /// The row and the column of a cell.
    pub(super) fn position(&self, cell: Cell) -> (usize, usize) {
        let cell = usize::from(cell);
        (cell / self.width, cell % self.width)
    }

    /// The floor cell at a position, or None for walls and for what is outside.
    pub(super) fn floor_at(&self, row: usize, column: usize) -> Option<Cell> {
        if row >= self.height || column >= self.width {
            return None;
        }
        let cell = row * self.width + column;
        (self.marks[cell] != WALL).then(|| Cell::try_from(cell).ok())?
    }

    /// The walls around a floor cell, one bit for each [`Move`] that they stop.
    pub(super) fn walls(&self, cell: Cell) -> u8 {
        self.marks[usize::from(cell)]
    }

    /// Where a move leads: on, or nowhere if there is a wall.
    pub(super) fn after(&self, cell: Cell, step: Move) -> Cell {
        if self.walls(cell) & step.bit() != 0 {
            return cell;
        }
        Cell::try_from(step.from(usize::from(cell), self.width)).unwrap_or(cell)
    }

    /// The first floor cell that cannot be reached from `start`.
    pub(super) fn unreachable_from(&self, start: Cell) -> Option<Cell> {
        let mut reached = vec![false; self.marks.len()];
        reached[usize::from(start)] = true;
        let mut waiting = vec![start];
        while let Some(cell) = waiting.pop() {
            for next in Move::ALL.map(|step| self.after(cell, step)) {
                if !std::mem::replace(&mut reached[usize::from(next)], true) {
                    waiting.push(next);
                }
            }
        }
        let unreached = |cell: &Cell| !reached[usize::from(*cell)];
        self.floor.iter().copied().find(unreached)
    }

    /// The map as lines of `#` and spaces, with a letter in some of the cells.
    pub(super) fn draw(&self, letters: &[(Cell, char)]) -> String {
        let mut drawing = String::with_capacity(self.marks.len() + self.height);
        for (cell, &mark) in self.marks.iter().enumerate() {
            if cell > 0 && cell % self.width == 0 {
                drawing.push('\n');
            }
            // Of several letters in a cell the last one shows.
            let letter = letters
                .iter()
                .rev()
                .find(|(at, _)| usize::from(*at) == cell);
            drawing.push(match letter {
                Some(&(_, letter)) => letter,
                None if mark == WALL => '#',
                None => ' ',
            });
        }
        drawing
    }
}
