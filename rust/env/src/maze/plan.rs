//! Maps as text, and the three of LMRL-Gym.

use std::sync::Arc;

use super::grid::{Cell, Grid};

/// Longer sides of a map are refused.
pub(super) const MAX_SIDE: usize = 99;

/// LMRL-Gym's double T maze.
pub(super) const DOUBLE_T: &str = "\
#############
#     #     #
### ##### ###
### ##### ###
### ##### ###
###       ###
###### ######
###### ######
######G######
#############";

/// The U maze of LMRL-Gym and D4RL.
pub(super) const U: &str = "\
#####
#   #
# # #
# #G#
#####";

/// The medium maze of LMRL-Gym and D4RL.
pub(super) const MEDIUM: &str = "\
########
#  #   #
#  # # #
##    ##
### #  #
#    # #
#  #  G#
########";

/// A map that every episode shares.
pub(super) struct Plan {
    pub grid: Arc<Grid>,
    pub goal: Cell,
    /// Where episodes begin, or None if that is drawn.
    pub start: Option<Cell>,
}

impl Plan {
    /// Reads a map: `#` is wall, a space is floor, `G` the goal and `S`, if there is one, the start.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub(super) fn parse(rows: &[&str]) -> Result<Self, String> {
        let rows: Vec<Vec<char>> = rows.iter().map(|row| row.chars().collect()).collect();
        let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
        if !(3..=MAX_SIDE).contains(&height) || !(3..=MAX_SIDE).contains(&width) {
            return Err(format!(
                "has {height} rows, the first of {width} cells: give 3 to {MAX_SIDE} of each"
            ));
        }
        if let Some(row) = rows.iter().position(|row| row.len() != width) {
            return Err(format!(
                "has {width} cells in row 0 and {} in row {row}: give as many in each",
                rows[row].len()
            ));
        }
        let cells = rows.concat();
        for (cell, &letter) in cells.iter().enumerate() {
            let (row, column) = (cell / width, cell % width);
            let inside = (1..height - 1).contains(&row) && (1..width - 1).contains(&column);
            let advice = if !"# GS".contains(letter) {
                "give #, a space, G and S only"
            } else if !inside && letter != '#' {
                "its edge has to be # all around"
            } else {
                continue;
            };
            return Err(format!(
                "has {letter:?} in row {row}, column {column}: {advice}"
            ));
        }
        let is_floor: Vec<bool> = cells.iter().map(|&letter| letter != '#').collect();
        let grid = Grid::new(height, width, &is_floor);
        let Some(goal) = only('G', &cells)? else {
            return Err("has no goal: give one cell the letter G".to_owned());
        };
        if grid.floor.len() < 2 {
            return Err("has no floor but the goal: give cells to start from".to_owned());
        }
        if let Some(cell) = grid.unreachable_from(goal) {
            let (row, column) = grid.position(cell);
            return Err(format!(
                "has floor in row {row}, column {column} with no way to the goal: connect it, or \
                 make it #"
            ));
        }
        let start = only('S', &cells)?;
        Ok(Self {
            grid: Arc::new(grid),
            goal,
            start,
        })
    }
}

/// The cell with this letter, which at most one may have.
fn only(letter: char, cells: &[char]) -> Result<Option<Cell>, String> {
    let mut found = (0..).zip(cells).filter(|&(_, &other)| other == letter);
    let first = found.next().map(|(cell, _)| cell);
    match found.count() {
        0 => Ok(first),
        more => Err(format!("has {} cells {letter}: give one", more + 1)),
    }
}
