use crate::{Error, json};

/// One episode: the stream `o_0 a_0 o_1 a_1 … a_{T-1} o_T` as one array of token ids.
///
/// Integers are `i64` because that is what the arrays outside hold; [`Trajectory::validate`] is what
/// narrows them to the 32 bits that are stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trajectory {
    /// `L` token ids, each in `[0, 2^32)`.
    pub tokens: Vec<i64>,
    /// `2T + 2` offsets into `tokens`: first 0, last `L`, never decreasing.
    pub boundaries: Vec<i64>,
    /// `T` finite rewards.
    pub rewards: Vec<f32>,
    /// One behaviour log-probability an utterance token, NaN where none was recorded.
    pub logprobs: Vec<f32>,
    /// The episode reached an end of the task.
    pub terminated: bool,
    /// The episode was cut off.
    pub truncated: bool,
    /// Policy updates before these utterances were sampled.
    pub policy_version: u64,
    /// Which environment.
    pub env_id: String,
    /// Its seed.
    pub seed: u64,
    /// A JSON object of finite numbers, compact and with sorted keys; stored as it is given.
    pub extra: String,
}

/// The largest payload of one record. It keeps every offset inside a segment below `2^32`.
pub(crate) const MAX_PAYLOAD: usize = 1 << 30;

/// A trajectory whose arrays lie elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub tokens: &'a [i64],
    pub boundaries: &'a [i64],
    pub rewards: &'a [f32],
    pub logprobs: &'a [f32],
    pub terminated: bool,
    pub truncated: bool,
    pub policy_version: u64,
    pub env_id: &'a str,
    pub seed: u64,
    pub extra: &'a str,
}

impl Trajectory {
    /// Checks that the arrays agree with each other.
    ///
    /// # Errors
    /// [`Error::Trajectory`], which says what contradicts what.
    pub fn validate(&self) -> Result<(), Error> {
        let row = self.row();
        row.check_boundaries()
            .and_then(|()| row.check_values())
            .map_err(Error::Trajectory)
    }

    pub(crate) fn row(&self) -> Row<'_> {
        Row {
            tokens: &self.tokens,
            boundaries: &self.boundaries,
            rewards: &self.rewards,
            logprobs: &self.logprobs,
            terminated: self.terminated,
            truncated: self.truncated,
            policy_version: self.policy_version,
            env_id: &self.env_id,
            seed: self.seed,
            extra: &self.extra,
        }
    }
}

impl Row<'_> {
    pub fn check_boundaries(&self) -> Result<(), String> {
        let turns = self.rewards.len();
        let bounds = self.boundaries;
        if turns == 0 {
            return Err("rewards is empty: a trajectory holds at least one turn".into());
        }
        if bounds.len() != 2 * turns + 2 {
            return Err(format!(
                "boundaries has {} entries, but {turns} rewards mean {turns} turns, which have 2T + 2 = {}",
                bounds.len(),
                2 * turns + 2
            ));
        }
        let length = i64::try_from(self.tokens.len()).unwrap_or(i64::MAX);
        if bounds.first() != Some(&0) || bounds.last() != Some(&length) {
            return Err(format!(
                "boundaries runs from {} to {}, but must start at 0 and end at the {length} tokens",
                bounds.first().unwrap_or(&0),
                bounds.last().unwrap_or(&0)
            ));
        }
        for (piece, (&start, &end)) in bounds.iter().zip(bounds.iter().skip(1)).enumerate() {
            if end < start {
                return Err(format!(
                    "boundaries decreases from {start} at {piece} to {end} at {}",
                    piece + 1
                ));
            }
            if end == start && piece == 0 {
                return Err("the opening observation holds no token".into());
            }
            if end == start && piece % 2 == 1 {
                return Err(format!(
                    "the utterance of turn {} holds no token",
                    piece / 2
                ));
            }
        }
        Ok(())
    }

    /// Number of utterance tokens, where the boundaries are right.
    pub fn spoken(&self) -> usize {
        let (utterances, _) = self.boundaries.get(1..).unwrap_or_default().as_chunks();
        let spoken: i64 = utterances.iter().map(|[start, end]| end - start).sum();
        usize::try_from(spoken).unwrap_or(0)
    }

    /// What is left to check where the boundaries are right.
    pub fn check_values(&self) -> Result<(), String> {
        let spoken = self.spoken();
        if self.logprobs.len() != spoken {
            return Err(format!(
                "logprobs has {} entries, but the utterances hold {spoken} tokens: give one for each, NaN where unknown",
                self.logprobs.len()
            ));
        }
        // One pass without a branch, since it is over every token that is stored.
        let high_bits = self.tokens.iter().fold(0, |bits, token| bits | token >> 32);
        let outside = |&token: &i64| u32::try_from(token).is_err();
        if high_bits != 0
            && let Some(at) = self.tokens.iter().position(outside)
        {
            return Err(format!(
                "tokens[{at}] = {} is no token id in [0, 2**32)",
                self.tokens[at]
            ));
        }
        if let Some(turn) = self.rewards.iter().position(|reward| !reward.is_finite()) {
            return Err(format!(
                "rewards[{turn}] = {} is not finite",
                self.rewards[turn]
            ));
        }
        if self.terminated && self.truncated {
            return Err(
                "terminated and truncated are both set, but the last state is either \
                        final or bootstrapped from: a terminated episode was not cut off"
                    .into(),
            );
        }
        if i64::try_from(self.policy_version).is_err() {
            return Err(format!(
                "policy_version = {} is not below 2**63",
                self.policy_version
            ));
        }
        if !json::is_object(self.extra) {
            return Err("extra is not the text of a JSON object of finite numbers".into());
        }
        let words =
            self.tokens.len() + self.boundaries.len() + self.rewards.len() + self.logprobs.len();
        let bytes = 4 * words + self.env_id.len() + self.extra.len();
        if bytes > MAX_PAYLOAD - 64 {
            return Err(format!(
                "the trajectory takes {bytes} bytes; the largest record is 1 GiB"
            ));
        }
        Ok(())
    }
}
