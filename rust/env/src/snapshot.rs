//! Snapshots: one episode as bytes.
//!
//! `[version, phase, length of the id, the id, the task's own bytes]`; the last only if an episode
//! has begun.

use crate::{EnvError, Task};

const VERSION: u8 = 1;

/// Where an environment stands.
#[derive(Clone)]
pub(crate) enum Phase<S> {
    NotBegun,
    Running(S),
    Over(S),
}

pub(crate) fn write<T: Task>(task: &T, phase: &Phase<T::State>) -> Vec<u8> {
    let id = task.id().as_bytes();
    let (tag, state) = match phase {
        Phase::NotBegun => (0, None),
        Phase::Running(state) => (1, Some(state)),
        Phase::Over(state) => (2, Some(state)),
    };
    let mut bytes = Vec::with_capacity(64);
    bytes.extend([VERSION, tag, u8::try_from(id.len()).unwrap_or(u8::MAX)]);
    bytes.extend(id);
    if let Some(state) = state {
        task.encode(state, &mut bytes);
    }
    bytes
}

pub(crate) fn read<T: Task>(task: &T, bytes: &[u8]) -> Result<Phase<T::State>, EnvError> {
    let refuse = |reason: String| Err(EnvError::Snapshot(reason));
    let [version, tag, length, rest @ ..] = bytes else {
        return refuse(format!("{} bytes are too few for one", bytes.len()));
    };
    if *version != VERSION {
        return refuse(format!(
            "its version is {version}, and this archer reads version {VERSION}"
        ));
    }
    let Some((id, state)) = rest.split_at_checked(usize::from(*length)) else {
        return refuse(format!("{} bytes are too few for one", bytes.len()));
    };
    if id != task.id().as_bytes() {
        let id = String::from_utf8_lossy(id);
        return refuse(format!(
            "it is of the task {id:?}, and this is {:?}",
            task.id()
        ));
    }
    match tag {
        0 if state.is_empty() => Ok(Phase::NotBegun),
        1 => Ok(Phase::Running(task.decode(state)?)),
        2 => Ok(Phase::Over(task.decode(state)?)),
        _ => refuse(format!(
            "byte 1 is {tag}, which tells no phase of an episode"
        )),
    }
}
