//! The store against arbitrary trajectories, and against arbitrary bytes where its log should be.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use archer_store::{Error, MIN_SEGMENT_BYTES, Store, Trajectory, Window};
use proptest::collection::vec;
use proptest::prelude::*;

/// A folder of its own, removed when it goes out of scope.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("archer-store-{}-{count}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = (0..).map(|index| self.0.join(format!("{index:06}.seg")));
        paths
            .map_while(|path| fs::read(&path).ok().map(|bytes| (path, bytes)))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Pieces of up to three tokens; the first and every utterance hold at least one.
fn trajectory() -> impl Strategy<Value = Trajectory> {
    let turn = (
        vec(any::<u32>(), 1..4),
        vec(any::<u32>(), 0..4),
        any::<i16>(),
    );
    let rest = (
        any::<Option<bool>>(),
        0..=u64::MAX / 2,
        ".{0,5}",
        any::<u64>(),
        "\\{\"[a-zé]{0,3}\":[1-9][0-9]\\}",
    );
    (vec(any::<u32>(), 1..4), vec(turn, 1..6), rest).prop_map(|(opening, turns, rest)| {
        let mut t = Trajectory {
            boundaries: vec![0],
            ..Trajectory::default()
        };
        let mut piece = |tokens: &[u32]| {
            t.tokens
                .extend(tokens.iter().map(|&token| i64::from(token)));
            t.boundaries.push(i64::try_from(t.tokens.len()).unwrap());
        };
        piece(&opening);
        for (utterance, observation, _) in &turns {
            piece(utterance);
            piece(observation);
        }
        for (utterance, _, reward) in &turns {
            t.logprobs
                .extend(utterance.iter().map(|_| f32::from(*reward) / 7.0));
            t.rewards.push(f32::from(*reward));
        }
        (t.terminated, t.truncated) = (rest.0 == Some(true), rest.0 == Some(false));
        (t.policy_version, t.env_id, t.seed, t.extra) = (rest.1, rest.2, rest.3, rest.4);
        t
    })
}

fn filled(folder: &Folder, trajectories: &[Trajectory]) -> Store {
    let mut store = Store::open(&folder.0, MIN_SEGMENT_BYTES).unwrap();
    store.extend(trajectories).unwrap();
    store
}

/// Reads whatever the store holds, in every way it can be read.
fn read_all(store: &Store) -> Vec<Trajectory> {
    let ids: Vec<i64> = (0..).take(store.len()).skip(store.first_id()).collect();
    let whole = store.gather(&ids).unwrap();
    assert_eq!(whole.turns.row.len(), store.num_turns());
    let turns = store
        .gather_turns(
            &whole.turns.trajectory,
            &whole.turns.turn,
            &Window::default(),
        )
        .unwrap();
    assert_eq!(turns.turns.reward, whole.turns.reward);
    ids.iter().map(|&id| store.get(id).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_goes_in_comes_out(trajectories in vec(trajectory(), 0..8)) {
        let folder = Folder::new();
        let mut store = filled(&folder, &trajectories);
        prop_assert_eq!(&read_all(&store), &trajectories);
        store.close().unwrap();
        let store = Store::open(&folder.0, 1 << 20).unwrap();
        prop_assert_eq!(store.repaired(), None);
        prop_assert_eq!(read_all(&store), trajectories);
    }

    #[test]
    fn bytes_do_not_tell_what_was_truncated(
        kept in vec(trajectory(), 0..8), dropped in vec(trajectory(), 0..8),
    ) {
        let (one, other) = (Folder::new(), Folder::new());
        let mut store = filled(&one, &kept);
        store.extend(&dropped).unwrap();
        store.truncate(kept.len()).unwrap();
        prop_assert_eq!(store.num_tokens(), kept.iter().map(|t| t.tokens.len()).sum::<usize>());
        filled(&other, &kept);
        let bytes = |folder: &Folder| folder.files().into_iter().map(|file| file.1).collect::<Vec<_>>();
        prop_assert_eq!(bytes(&one), bytes(&other));
    }

    #[test]
    fn arbitrary_bytes_are_no_store(bytes in vec(any::<u8>(), 1..200)) {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(folder.0.join("000000.seg"), &bytes).unwrap();
        for opened in [Store::open_read_only(&folder.0), Store::open(&folder.0, MIN_SEGMENT_BYTES)] {
            match opened {
                Ok(store) => prop_assert!(store.is_empty()),
                Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn a_mangled_log_gives_a_prefix_or_an_error(
        trajectories in vec(trajectory(), 1..8),
        at in any::<prop::sample::Index>(),
        bytes in vec(any::<u8>(), 0..40),
        cut in any::<bool>(),
    ) {
        let folder = Folder::new();
        filled(&folder, &trajectories);
        let mut files = folder.files();
        let (path, data) = files.last_mut().unwrap();
        let at = at.index(data.len());
        let end = if cut { data.len() } else { data.len().min(at + bytes.len()) };
        data.splice(at..end, bytes);
        fs::write(path, data).unwrap();
        for opened in [Store::open_read_only(&folder.0), Store::open(&folder.0, MIN_SEGMENT_BYTES)] {
            match opened {
                Ok(store) => prop_assert!(trajectories.starts_with(&read_all(&store))),
                Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn a_reader_follows_appends_truncations_and_compactions(
        batches in vec((any::<prop::sample::Index>(), vec(trajectory(), 0..6)), 1..6),
    ) {
        let folder = Folder::new();
        let mut store = Store::open(&folder.0, MIN_SEGMENT_BYTES).unwrap();
        let mut reader = Store::open_read_only(&folder.0).unwrap();
        for (length, batch) in &batches {
            store.truncate(length.index(store.len() + 1).max(store.first_id())).unwrap();
            store.extend(batch).unwrap();
            let (before, wanted) = (store.first_id(), length.index(store.len() + 1));
            prop_assert_eq!(store.compact(wanted).unwrap(), store.first_id() - before);
            prop_assert!(store.first_id() <= wanted.max(before));
            reader.refresh().unwrap();
            prop_assert_eq!((reader.first_id(), reader.len()), (store.first_id(), store.len()));
            prop_assert_eq!(read_all(&reader), read_all(&store));
        }
    }
}

#[test]
fn a_store_of_version_1_is_read_and_appended_to() {
    let old = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/store_v1");
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    for name in ["000000.seg", "000001.seg"] {
        fs::copy(old.join(name), folder.0.join(name)).unwrap();
    }
    let before = folder.files();
    let held = read_all(&Store::open_read_only(&folder.0).unwrap());
    assert_eq!(held.len(), 5);
    let mut store = Store::open(&folder.0, 1 << 20).unwrap();
    assert_eq!(store.repaired(), None);
    store.extend(&held).unwrap();
    drop(store);
    let files = folder.files();
    assert_eq!(files[0], before[0]);
    assert!(files[1].1.starts_with(&before[1].1));
    let versions: Vec<u8> = files.iter().map(|(_, bytes)| bytes[8]).collect();
    assert_eq!(versions, [1, 1, 2, 2]);
    let reader = Store::open_read_only(&folder.0).unwrap();
    assert_eq!(read_all(&reader), [held.clone(), held].concat());
}

#[test]
fn a_second_writer_is_locked_out_until_the_first_is_gone() {
    let folder = Folder::new();
    let store = filled(&folder, &[]);
    assert!(matches!(
        Store::open(&folder.0, MIN_SEGMENT_BYTES),
        Err(Error::Locked(_))
    ));
    drop(store);
    assert!(Store::open(&folder.0, MIN_SEGMENT_BYTES).is_ok());
}
