//! Where the rooms of a house are, and which of them are connected.

use super::build::sample;
use crate::Rng;

/// Rooms are laid out on a square of at most this many a side.
const SIDE: usize = 9;

/// Two rooms and the direction from the first to the second.
pub(super) type Edge = (usize, usize, usize);

/// Row and column.
type Cell = (usize, usize);

struct Grid {
    side: usize,
    rooms: [[Option<usize>; SIDE]; SIDE],
    /// Of each room.
    cells: Vec<Cell>,
}

/// A tree that grows on a grid, and then a loop for every four rooms, where there is one.
pub(super) fn lay_out(rng: &mut Rng, rooms: usize) -> Vec<Edge> {
    // More cells than rooms, so that a cell beside them is always free.
    let side = (1..SIDE).find(|side| side * side > rooms).unwrap_or(SIDE);
    let mut grid = Grid {
        side,
        rooms: [[None; SIDE]; SIDE],
        cells: Vec::with_capacity(rooms),
    };
    grid.add((side / 2, side / 2));
    let mut edges = Vec::with_capacity(2 * rooms);
    let mut free = Vec::with_capacity(4 * rooms);
    while grid.cells.len() < rooms {
        free.clear();
        grid.free(&mut free);
        let (room, direction, cell) = free[rng.below(free.len())];
        edges.push((room, grid.cells.len(), direction));
        grid.add(cell);
    }
    let more = grid.unconnected(&edges);
    let loops = sample(rng, more.len(), more.len().min(rooms / 4));
    edges.extend(loops.into_iter().map(|index| more[index]));
    edges
}

impl Grid {
    fn add(&mut self, (row, column): Cell) {
        self.rooms[row][column] = Some(self.cells.len());
        self.cells.push((row, column));
    }

    /// Rooms, directions, and the free cells that are there.
    fn free(&self, found: &mut Vec<(usize, usize, Cell)>) {
        for (room, &cell) in self.cells.iter().enumerate() {
            for (direction, (row, column)) in self.neighbours(cell) {
                if self.rooms[row][column].is_none() {
                    found.push((room, direction, (row, column)));
                }
            }
        }
    }

    /// Pairs of rooms beside each other that are not among the edges.
    fn unconnected(&self, edges: &[Edge]) -> Vec<Edge> {
        let mut found = Vec::new();
        for (room, &cell) in self.cells.iter().enumerate() {
            // East and south are enough for each pair to come once.
            for (direction, (row, column)) in self.neighbours(cell).filter(|(to, _)| to % 3 != 0) {
                let Some(other) = self.rooms[row][column] else {
                    continue;
                };
                let linked = |&(a, b, _): &Edge| (a, b) == (room, other) || (b, a) == (room, other);
                if !edges.iter().any(linked) {
                    found.push((room, other, direction));
                }
            }
        }
        found
    }

    /// Directions, and the cells of the square that are there.
    fn neighbours(&self, (row, column): Cell) -> impl Iterator<Item = (usize, Cell)> + use<> {
        let side = self.side;
        let beside = [
            (row.wrapping_sub(1), column),
            (row, column + 1),
            (row + 1, column),
            (row, column.wrapping_sub(1)),
        ];
        let inside = move |(_, (row, column)): &(usize, Cell)| *row < side && *column < side;
        beside.into_iter().enumerate().filter(inside)
    }
}
