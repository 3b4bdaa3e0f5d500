//! The houses in use, which all episodes in them share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::build::{Plan, build};
use super::house::House;

/// Houses by number: one that some episode is in is not built again.
pub(super) struct Houses {
    plan: Plan,
    known: Mutex<Known>,
}

struct Known {
    houses: HashMap<u64, Weak<House>>,
    /// How many there may be before those that nobody is in any more are forgotten.
    limit: usize,
}

impl Houses {
    pub fn new(plan: Plan) -> Self {
        let known = Known {
            houses: HashMap::new(),
            limit: 64,
        };
        Self {
            plan,
            known: Mutex::new(known),
        }
    }

    /// The house of this number.
    pub fn get(&self, number: u64) -> Arc<House> {
        let found = self.with(|known| known.houses.get(&number).and_then(Weak::upgrade));
        found.unwrap_or_else(|| {
            let house = Arc::new(build(self.plan, number));
            self.with(|known| known.add(&house));
            house
        })
    }

    fn with<O>(&self, work: impl FnOnce(&mut Known) -> O) -> O {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn add(&mut self, house: &Arc<House>) {
        if self.houses.len() >= self.limit {
            self.houses.retain(|_, house| house.strong_count() > 0);
            self.limit = 64 + 2 * self.houses.len();
        }
        self.houses.insert(house.number, Arc::downgrade(house));
    }
}
