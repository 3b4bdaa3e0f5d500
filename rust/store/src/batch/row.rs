//! What of a trajectory a row shows, and where its turns then lie.

use crate::Error;
use crate::record::Record;

/// How much of a trajectory [`Store::gather_turns`](crate::Store::gather_turns) shows around a
/// turn. The default is the turn with all that came before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    n_step: usize,
    discount: f64,
    max_tokens: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            n_step: 1,
            discount: 1.0,
            max_tokens: usize::MAX,
        }
    }
}

impl Window {
    /// `n_step` turns whose rewards are summed with `discount`, in rows of at most `max_tokens`.
    ///
    /// # Errors
    /// [`Error::Argument`] if a number is not positive or the discount not in `[0, 1]`.
    pub fn new(n_step: i64, discount: f64, max_tokens: Option<i64>) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&discount) {
            return Err(Error::Argument(format!(
                "discount = {discount}: give a number from 0 to 1"
            )));
        }
        let max_tokens = max_tokens.map(|tokens| positive("max_tokens", tokens));
        Ok(Self {
            n_step: positive("n_step", n_step)?,
            discount,
            max_tokens: max_tokens.unwrap_or(Ok(usize::MAX))?,
        })
    }
}

pub fn positive(name: &str, value: i64) -> Result<usize, Error> {
    let positive = usize::try_from(value).ok().filter(|&value| value > 0);
    positive.ok_or_else(|| Error::Argument(format!("{name} = {value}: give a number >= 1")))
}

/// The tokens of a trajectory before `end`, without `dropped` ones after its opening text.
pub struct Row<'a> {
    pub record: Record<'a>,
    pub id: i64,
    opening: usize,
    dropped: usize,
    end: usize,
}

/// A turn to learn from; its places are columns of the row.
pub struct Shown {
    pub index: usize,
    pub utterance_start: usize,
    pub utterance_end: usize,
    pub next_context_end: usize,
    /// Utterance tokens of the trajectory before this turn's.
    pub spoken: usize,
    pub reward: f32,
    /// Rewards in that sum.
    pub steps: usize,
}

impl<'a> Row<'a> {
    pub fn whole(record: Record<'a>, id: i64) -> Self {
        Self {
            record,
            id,
            opening: record.tokens.len(),
            dropped: 0,
            end: record.tokens.len(),
        }
    }

    pub fn len(&self) -> usize {
        self.end - self.dropped
    }

    pub fn num_turns(&self) -> usize {
        self.record.num_turns()
    }

    /// The tokens before the gap, and those after it.
    pub fn tokens(&self) -> [&'a [[u8; 4]]; 2] {
        let words = self.record.tokens;
        let opening = words.get(..self.opening.min(self.end));
        let rest = words.get((self.opening + self.dropped).min(self.end)..self.end);
        [opening.unwrap_or_default(), rest.unwrap_or_default()]
    }

    /// All turns of a whole trajectory.
    pub fn turns(&self) -> impl Iterator<Item = Shown> + use<'a> {
        let (record, mut spoken) = (self.record, 0);
        record.turns().enumerate().map(move |(index, turn)| {
            let before = spoken;
            spoken += turn.utterance_end - turn.utterance_start;
            Shown {
                index,
                utterance_start: turn.utterance_start,
                utterance_end: turn.utterance_end,
                next_context_end: turn.next_context_end,
                spoken: before,
                reward: record.reward(index),
                steps: 1,
            }
        })
    }

    /// Narrows a whole trajectory down to a window around a turn, which is returned.
    ///
    /// # Errors
    /// [`Error::UnknownTurn`]; [`Error::Argument`] if the row cannot be cut down to the window's
    /// tokens, or the sum of rewards does not fit into `f32`.
    pub fn narrow(&mut self, turn: i64, window: &Window) -> Result<Shown, Error> {
        let mut turns = self.turns();
        let place = usize::try_from(turn).ok();
        let Some(mut shown) = place.and_then(|index| turns.nth(index)) else {
            return Err(Error::UnknownTurn {
                id: self.id,
                turn,
                turns: u32::try_from(self.num_turns()).unwrap_or(u32::MAX),
            });
        };
        for last in turns.take(window.n_step - 1) {
            shown.next_context_end = last.next_context_end;
            shown.steps += 1;
        }
        shown.reward = self.discounted(&shown, window.discount)?;
        self.end = shown.next_context_end;
        if self.end > window.max_tokens {
            self.shorten(&mut shown, window.max_tokens)?;
        }
        Ok(shown)
    }

    /// `sum_k discount^k r_{t+k}`, from its end, so that a single reward comes back as it is.
    #[allow(clippy::cast_possible_truncation)] // the one rounding to f32
    fn discounted(&self, shown: &Shown, discount: f64) -> Result<f32, Error> {
        let rewards = shown.index..shown.index + shown.steps;
        let rewards = rewards.map(|turn| f64::from(self.record.reward(turn)));
        let sum = rewards.rev().reduce(|later, now| now + discount * later);
        match sum {
            Some(sum) if sum.abs() > f64::from(f32::MAX) => Err(Error::Argument(format!(
                "the {} rewards from turn {} of trajectory {} on sum up to {sum}, beyond float32: \
                 scale the rewards down, or lower n_step",
                shown.steps, shown.index, self.id
            ))),
            sum => Ok(sum.map_or(f32::NAN, |sum| sum as f32)),
        }
    }

    /// Drops the oldest turns, as few as will do.
    fn shorten(&mut self, shown: &mut Shown, max_tokens: usize) -> Result<(), Error> {
        let mut starts = self.record.turns().map(|turn| turn.utterance_start);
        self.opening = starts.next().unwrap_or(0);
        let excess = self.end - max_tokens;
        let dropped = starts
            .take(shown.index)
            .map(|start| start - self.opening)
            .find(|&dropped| dropped >= excess);
        let Some(dropped) = dropped else {
            let rest = self.end - shown.utterance_start;
            return Err(Error::Argument(format!(
                "max_tokens = {max_tokens}, but turn {} of trajectory {} needs {}: {} of the \
                 opening text and {rest} from its utterance on; raise max_tokens or lower n_step",
                shown.index,
                self.id,
                self.opening + rest,
                self.opening,
            )));
        };
        self.dropped = dropped;
        shown.utterance_start -= dropped;
        shown.utterance_end -= dropped;
        shown.next_context_end -= dropped;
        Ok(())
    }
}
