//! Mazes that are drawn anew for each episode.

use super::grid::Grid;
use crate::Rng;

/// How mazes are drawn: rooms at odd rows and columns, with walls between them of which some open.
pub(super) struct Generator {
    height: usize,
    width: usize,
    loops: usize,
}

/// A wall between two neighbouring rooms, as the cells of the three.
struct Door {
    cell: usize,
    rooms: [usize; 2],
}

impl Generator {
    /// Mazes of odd height and width.
    ///
    /// # Errors
    /// The greatest number of loops, if there are to be more.
    pub(super) fn new(height: usize, width: usize, loops: usize) -> Result<Self, usize> {
        let (rows, columns) = (height / 2, width / 2);
        let most = (rows - 1) * (columns - 1);
        if loops > most {
            return Err(most);
        }
        Ok(Self {
            height,
            width,
            loops,
        })
    }

    /// The maze of a seed: a tree that spans all rooms, by Kruskal's algorithm on doors in random
    /// order, and the first `loops` of the other doors open too.
    pub(super) fn draw(&self, seed: u64) -> Grid {
        let mut rng = Rng::new(seed, 0, 0);
        let mut is_floor = vec![false; self.height * self.width];
        let mut doors = self.doors();
        // Each cell points to another of its part of the tree, or to itself if it is the root.
        let mut parents: Vec<usize> = (0..is_floor.len()).collect();
        let mut loops = self.loops;
        while !doors.is_empty() {
            let door = doors.swap_remove(rng.below(doors.len()));
            let [one, other] = door.rooms.map(|room| root(&mut parents, room));
            if one == other {
                if loops == 0 {
                    continue;
                }
                loops -= 1;
            }
            parents[one] = other;
            for cell in [door.cell, door.rooms[0], door.rooms[1]] {
                is_floor[cell] = true;
            }
        }
        Grid::new(self.height, self.width, &is_floor)
    }

    fn doors(&self) -> Vec<Door> {
        let mut doors = Vec::with_capacity(self.height * self.width / 2);
        for row in (1..self.height).step_by(2) {
            for column in (1..self.width).step_by(2) {
                let room = row * self.width + column;
                if column + 2 < self.width {
                    doors.push(Door {
                        cell: room + 1,
                        rooms: [room, room + 2],
                    });
                }
                if row + 2 < self.height {
                    doors.push(Door {
                        cell: room + self.width,
                        rooms: [room, room + 2 * self.width],
                    });
                }
            }
        }
        doors
    }
}

/// The root of a cell's part, halving the way to it.
fn root(parents: &mut [usize], mut cell: usize) -> usize {
    while parents[cell] != cell {
        parents[cell] = parents[parents[cell]];
        cell = parents[cell];
    }
    cell
}
