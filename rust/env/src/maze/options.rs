//! What options say about the maze of a task.

use serde_json::Value;

use super::generated::Generator;
use super::grid::{Cell, Grid};
use super::plan::{DOUBLE_T, MAX_SIDE, MEDIUM, Plan, U};
use crate::EnvError;
use crate::task::{Options, whole_number};

const DEFAULT_SIDE: u32 = 11;
const GENERATED: [&str; 3] = ["width", "height", "loops"];

/// Where the mazes of a task come from.
pub(super) enum Source {
    /// All episodes have this one.
    Fixed(Plan),
    /// Each has its own.
    Generated(Generator),
}

/// What the options `layout`, `map`, `width`, `height` and `loops` ask for, with its size and what
/// the opening calls it.
pub(super) fn source(options: &Options) -> Result<(Source, String), EnvError> {
    let layout = choice(options, "layout", &["double_t", "u", "medium", "generated"])?;
    if layout != Some("generated")
        && let Some(key) = GENERATED.iter().find(|&&key| options.contains_key(key))
    {
        let message = format!("{key} is for generated mazes: give layout \"generated\" with it");
        return Err(EnvError::Option(message));
    }
    let (name, map) = match (layout, options.get("map")) {
        (Some(_), Some(_)) => {
            let message = "both layout and map are given: give one of them".to_owned();
            return Err(EnvError::Option(message));
        }
        (Some("generated"), None) => return generated(options),
        (Some("u"), None) => ("the U maze", U.to_owned()),
        (Some("medium"), None) => ("the medium maze", MEDIUM.to_owned()),
        (_, None) => ("the double T maze", DOUBLE_T.to_owned()),
        (None, Some(map)) => ("a maze", text(map)?),
    };
    let rows: Vec<&str> = map.lines().collect();
    let plan =
        Plan::parse(&rows).map_err(|problem| EnvError::Option(format!("the map {problem}")))?;
    let name = titled(name, plan.grid.height, plan.grid.width);
    Ok((Source::Fixed(plan), name))
}

fn titled(name: &str, height: usize, width: usize) -> String {
    format!("{name}, which has {height} rows and {width} columns")
}

fn generated(options: &Options) -> Result<(Source, String), EnvError> {
    let width = side(options, "width")?;
    let height = side(options, "height")?;
    let loops = whole_number(options, "loops", 0, 0..=u32::MAX)? as usize;
    let generator = Generator::new(height, width, loops).map_err(|most| {
        EnvError::Option(format!(
            "loops is {loops}: give at most {most}, which is all that {height} rows and {width} \
             columns have room for"
        ))
    })?;
    let name = titled("a generated maze", height, width);
    Ok((Source::Generated(generator), name))
}

/// The length of a side of a generated maze.
fn side(options: &Options, key: &str) -> Result<usize, EnvError> {
    let most = u32::try_from(MAX_SIDE).unwrap_or(u32::MAX);
    let length = whole_number(options, key, DEFAULT_SIDE, 5..=most)?;
    if length.is_multiple_of(2) {
        let message =
            format!("{key} is {length}: give an odd number, for rooms and walls take turns");
        return Err(EnvError::Option(message));
    }
    Ok(length as usize)
}

/// A map given as one text or as a list of its rows.
fn text(map: &Value) -> Result<String, EnvError> {
    let rows = match map {
        Value::String(text) => Some(text.clone()),
        Value::Array(rows) => rows
            .iter()
            .map(Value::as_str)
            .collect::<Option<Vec<_>>>()
            .map(|rows| rows.join("\n")),
        _ => None,
    };
    rows.ok_or_else(|| {
        let message = format!(
            "map is {}: give a list of its rows as strings",
            abridged(map)
        );
        EnvError::Option(message)
    })
}

/// The option `key` if it is given, which has to be one of the known texts.
pub(super) fn choice<'a>(
    options: &'a Options,
    key: &str,
    known: &[&str],
) -> Result<Option<&'a str>, EnvError> {
    let Some(value) = options.get(key) else {
        return Ok(None);
    };
    let given = value.as_str().filter(|given| known.contains(given));
    given.map(Some).ok_or_else(|| {
        EnvError::Option(format!(
            "{key} is {}: give one of {}",
            abridged(value),
            known.join(", ")
        ))
    })
}

/// The floor cell that the reset option `key` names, if it is given.
pub(super) fn cell(options: &Options, key: &str, grid: &Grid) -> Result<Option<Cell>, EnvError> {
    let Some(value) = options.get(key) else {
        return Ok(None);
    };
    let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let found = match value.as_array().map(Vec::as_slice) {
        Some([row, column]) => number(row)
            .zip(number(column))
            .and_then(|(row, column)| grid.floor_at(row, column)),
        _ => None,
    };
    found.map(Some).ok_or_else(|| {
        EnvError::Option(format!(
            "{key} is {}: give [row, column] of a floor cell, counted from 0 at the top left",
            abridged(value)
        ))
    })
}

/// A value as JSON, short enough for a message.
fn abridged(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
