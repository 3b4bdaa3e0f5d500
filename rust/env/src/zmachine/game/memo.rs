//! What has been found out once, for as long as it is of use.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values that are functions of their keys. When `most` of them have been kept or used, the others
/// are forgotten.
pub(super) struct Memo<K, V> {
    most: usize,
    generations: Mutex<Generations<K, V>>,
}

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    pub fn new(most: usize) -> Self {
        let generations = Generations {
            young: HashMap::new(),
            old: HashMap::new(),
        };
        Self {
            most,
            generations: Mutex::new(generations),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.lock();
        if let Some(value) = generations.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = generations.old.remove_entry(key)?;
        self.keep(&mut generations, key, value.clone());
        Some(value)
    }

    pub fn insert(&self, key: K, value: V) {
        self.keep(&mut self.lock(), key, value);
    }

    fn keep(&self, generations: &mut Generations<K, V>, key: K, value: V) {
        if generations.young.len() >= self.most {
            generations.old = mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }

    /// What a thread that panicked has left is whole: nothing is changed in several steps.
    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Memo;

    #[test]
    fn what_is_used_is_kept() {
        let memo = Memo::new(2);
        for key in 0..100 {
            memo.insert(key, key * 2);
            assert_eq!(memo.get(&0), Some(0), "after {key}");
            assert_eq!(memo.get(&key), Some(key * 2));
        }
        assert_eq!(memo.get(&50), None);
    }
}
