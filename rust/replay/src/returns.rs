use crate::Error;

/// Turns of whole trajectories, one trajectory after another, each in the order of time.
#[derive(Debug, Clone, Copy)]
pub struct Turns<'a> {
    /// Reward of each turn.
    pub reward: &'a [f32],
    /// Value of the state after each turn.
    pub v_next: &'a [f32],
    /// The episode terminated with this turn, so that `v_next` does not count.
    pub terminated: &'a [bool],
    /// Which trajectory the turn is of; never decreases.
    pub row: &'a [i64],
}

impl Turns<'_> {
    /// n-step returns: `n` rewards and then the value of the state that follows, discounted. They
    /// stop earlier at a termination, and bootstrap earlier at a trajectory's last turn.
    ///
    /// A return that reaches the end of its episode follows from the next one. The others are each
    /// summed by themselves, in `n` steps: a running sum would subtract, and lose digits.
    ///
    /// # Errors
    /// [`Error::Refused`] if the slices differ in length, a number is not finite, rows decrease,
    /// `n` is 0, `discount` is not in [0, 1], or a return does not fit into `f32`.
    pub fn n_step(&self, n: usize, discount: f64) -> Result<Vec<f32>, Error> {
        if n == 0 {
            return Error::refused("n = 0: give at least 1 step");
        }
        self.check(discount)?;
        let mut returns = vec![0.0; self.reward.len()];
        let mut end = 0; // of the episode
        for t in (0..returns.len()).rev() {
            if self.ends_at(t) {
                end = t;
            }
            let last = t.saturating_add(n - 1).min(end);
            let (first, after) = if t < end && last == end {
                (t, returns[t + 1])
            } else {
                (last, self.bootstrap(last))
            };
            returns[t] = (t..=first).rev().fold(after, |after, k| {
                f64::from(self.reward[k]) + discount * after
            });
        }
        narrow(&returns)
    }

    /// λ-returns (Sutton and Barto, *Reinforcement Learning*, 2018, section 12.1): the average of
    /// all n-step returns that weighs them by `(1 - lam) lam^(n - 1)`, the last one with the rest.
    ///
    /// # Errors
    /// As [`Turns::n_step`], and if `lam` is not in [0, 1].
    pub fn lambda(&self, lam: f64, discount: f64) -> Result<Vec<f32>, Error> {
        if !(0.0..=1.0).contains(&lam) {
            return Error::refused(format!("lam = {lam}: give a number from 0 to 1"));
        }
        self.check(discount)?;
        let mut returns = vec![0.0; self.reward.len()];
        let mut next = 0.0; // the return of the turn after
        for t in (0..returns.len()).rev() {
            let mut after = self.bootstrap(t);
            if !self.ends_at(t) {
                after = (1.0 - lam) * after + lam * next;
            }
            next = f64::from(self.reward[t]) + discount * after;
            returns[t] = next;
        }
        narrow(&returns)
    }

    fn bootstrap(&self, t: usize) -> f64 {
        if self.terminated[t] {
            0.0
        } else {
            f64::from(self.v_next[t])
        }
    }

    fn ends_at(&self, t: usize) -> bool {
        self.terminated[t] || self.row.get(t + 1) != Some(&self.row[t])
    }

    fn check(&self, discount: f64) -> Result<(), Error> {
        let lengths = [
            self.reward.len(),
            self.v_next.len(),
            self.terminated.len(),
            self.row.len(),
        ];
        if lengths.iter().any(|length| *length != lengths[0]) {
            let [reward, v_next, terminated, row] = lengths;
            return Error::refused(format!(
                "reward has {reward} entries, v_next {v_next}, terminated {terminated} and row {row}: \
                 give one of each for every turn"
            ));
        }
        if !(0.0..=1.0).contains(&discount) {
            return Error::refused(format!("discount = {discount}: give a number from 0 to 1"));
        }
        for (name, values) in [("reward", self.reward), ("v_next", self.v_next)] {
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Error::refused(format!("{name}[{at}] = {} is not finite", values[at]));
            }
        }
        if let Some(at) = self.row.windows(2).position(|pair| pair[1] < pair[0]) {
            return Error::refused(format!(
                "row decreases after turn {at}: give the turns of one trajectory after another, \
                 as a TurnBatch has them"
            ));
        }
        Ok(())
    }
}

#[allow(clippy::cast_possible_truncation)] // rounding is what is wanted, overflow is refused
fn narrow(returns: &[f64]) -> Result<Vec<f32>, Error> {
    if let Some(t) = returns.iter().position(|x| x.abs() > f64::from(f32::MAX)) {
        return Error::refused(format!(
            "the return of turn {t} is {}, beyond float32: scale the rewards down",
            returns[t]
        ));
    }
    Ok(returns.iter().map(|&x| x as f32).collect())
}
