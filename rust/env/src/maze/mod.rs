//! A maze to walk through, fully or partly observed, with the rules of LMRL-Gym's.
//!
//! The agent is told its position, the goal's and the walls around it, or those walls alone.

mod generated;
mod grid;
mod moves;
mod options;
mod plan;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use grid::{Cell, Grid};
use moves::Move;
use options::Source;
use texts::{WALLS, push_position};

use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "maze";

const DEFAULT_MAX_TURNS: u32 = 100;
const NO_MOVE: f32 = -4.0;
const STEP: f32 = -1.0;

/// The rules: each turn costs 1, or 4 if it is no move, and the one that reaches the goal nothing;
/// a move into a wall leads nowhere; an episode of `max_turns` is truncated.
pub struct Maze {
    source: Source,
    /// What every opening begins with.
    introduction: String,
    tells_positions: bool,
    shows_map: bool,
    max_turns: u32,
}

/// One episode.
#[derive(Clone)]
pub struct State {
    turn: u32,
    cell: Cell,
    goal: Cell,
    /// What the maze was drawn from; 0 if all episodes share it.
    seed: u64,
    grid: Arc<Grid>,
}

impl Maze {
    /// The maze with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for an option that the maze does not have or cannot use, or a map that
    /// has no goal, floor with no way to it, or another fault.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(
            options,
            &[
                "layout",
                "map",
                "width",
                "height",
                "loops",
                "observation",
                "show_map",
                "max_turns",
            ],
        )?;
        let (source, name) = options::source(options)?;
        let introduction = format!(
            "Reach the goal of {name}, counted from 0 at the top left.\n\
             Say: move up, move down, move left, move right.\n"
        );
        let observation = options::choice(options, "observation", &["full", "partial"])?;
        let shows_map = match options.get("show_map") {
            None => false,
            Some(value) => value.as_bool().ok_or_else(|| {
                EnvError::Option(format!("show_map is {value}: give true or false"))
            })?,
        };
        Ok(Self {
            source,
            introduction,
            tells_positions: observation != Some("partial"),
            shows_map,
            max_turns: whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?,
        })
    }

    /// What the agent sees, after `words`.
    fn observation(&self, state: &State, words: &'static str) -> Observation {
        let walls = WALLS[usize::from(state.grid.walls(state.cell)) % WALLS.len()];
        if !self.tells_positions && words.is_empty() {
            return Cow::Borrowed(walls);
        }
        let mut text = String::with_capacity(96);
        text.push_str(words);
        if self.tells_positions {
            text.push_str("The goal is at ");
            push_position(&mut text, state.grid.position(state.goal));
            text.push_str(". You are at ");
            push_position(&mut text, state.grid.position(state.cell));
            text.push_str(". ");
        }
        text.push_str(walls);
        Cow::Owned(text)
    }

    fn opening(&self, state: &State) -> Observation {
        let mut text = self.introduction.clone();
        if self.shows_map {
            text.push_str("Map, with # for walls and G for the goal:\n");
            text.push_str(&state.grid.draw(&[(state.goal, 'G')]));
            text.push('\n');
        }
        text.push_str(&self.observation(state, ""));
        text.push('\n');
        Cow::Owned(text)
    }

    /// The maze of an episode with this seed.
    fn grid(&self, seed: u64) -> Arc<Grid> {
        match &self.source {
            Source::Fixed(plan) => Arc::clone(&plan.grid),
            Source::Generated(generator) => Arc::new(generator.draw(seed)),
        }
    }
}

impl Task for Maze {
    type State = State;

    const GRAIN: usize = 256;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["start", "goal"])?;
        let (seed, plan) = match &self.source {
            Source::Fixed(plan) => (0, Some(plan)),
            Source::Generated(_) => (rng.next_u64(), None),
        };
        let grid = self.grid(seed);
        let goal = options::cell(options, "goal", &grid)?
            .or(plan.map(|plan| plan.goal))
            .unwrap_or_else(|| grid.floor[rng.below(grid.floor.len())]);
        let cell = options::cell(options, "start", &grid)?
            .or(plan.and_then(|plan| plan.start))
            .unwrap_or_else(|| other_than(goal, &grid.floor, rng));
        if cell == goal {
            let (row, column) = grid.position(goal);
            return Err(EnvError::Option(format!(
                "both start and goal are [{row}, {column}]: give another start or goal"
            )));
        }
        let state = State {
            turn: 0,
            cell,
            goal,
            seed,
            grid,
        };
        let opening = self.opening(&state);
        Ok((state, opening))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let said = Move::said(utterance);
        if let Some(step) = said {
            state.cell = state.grid.after(state.cell, step);
        }
        state.turn = state.turn.saturating_add(1);
        let win = state.cell == state.goal;
        let (observation, reward) = match said {
            _ if win => ("You have reached the goal.".into(), 0.0),
            Some(_) => (self.observation(state, ""), STEP),
            None => (self.observation(state, "That is no move. "), NO_MOVE),
        };
        Outcome {
            observation,
            reward,
            terminated: win,
            truncated: !win && state.turn >= self.max_turns,
            win,
            invalid: said.is_none(),
        }
    }

    /// The map, with `G` for the goal and `@` for where the agent is.
    fn hidden(&self, state: &State) -> String {
        state.grid.draw(&[(state.goal, 'G'), (state.cell, '@')])
    }

    /// The turn, the positions of the agent and of the goal, and the seed of the maze.
    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend(state.turn.to_le_bytes());
        for cell in [state.cell, state.goal] {
            let (row, column) = state.grid.position(cell);
            bytes.extend([row, column].map(|number| u8::try_from(number).unwrap_or(u8::MAX)));
        }
        bytes.extend(state.seed.to_le_bytes());
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let refuse = |reason: String| EnvError::Snapshot(reason);
        let Some((&[t0, t1, t2, t3, row, column, goal_row, goal_column], seed)) =
            bytes.split_first_chunk()
        else {
            return Err(refuse(format!(
                "{} bytes are too few for a maze",
                bytes.len()
            )));
        };
        let turn = u32::from_le_bytes([t0, t1, t2, t3]);
        if turn > self.max_turns {
            let limit = self.max_turns;
            return Err(refuse(format!(
                "it is at turn {turn}, and max_turns is {limit}"
            )));
        }
        let seed = <[u8; 8]>::try_from(seed)
            .map(u64::from_le_bytes)
            .map_err(|_| refuse(format!("a maze has 16 bytes, not {}", bytes.len())))?;
        if seed != 0 && matches!(self.source, Source::Fixed(_)) {
            return Err(refuse(
                "it is of a generated maze, and this has one map".to_owned(),
            ));
        }
        let grid = self.grid(seed);
        let floor_at = |row: u8, column: u8| {
            grid.floor_at(row.into(), column.into())
                .ok_or_else(|| refuse(format!("this maze has no floor at {row}, {column}")))
        };
        Ok(State {
            turn,
            cell: floor_at(row, column)?,
            goal: floor_at(goal_row, goal_column)?,
            seed,
            grid,
        })
    }
}

/// One of the floor cells but the goal.
fn other_than(goal: Cell, floor: &[Cell], rng: &mut Rng) -> Cell {
    let drawn = rng.below(floor.len().saturating_sub(1));
    let cell = floor[drawn];
    if cell < goal { cell } else { floor[drawn + 1] }
}
