//! `cargo bench --bench data`: the store and the replay buffer, at the size of a long run.

use std::hint::black_box;
use std::time::Duration;

use archer_replay::Replay;
use archer_store::{DEFAULT_SEGMENT_BYTES, Store, Trajectory};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const TURNS: usize = 1_000_000;

/// One turn: an observation of 16 tokens, an utterance of 8, an answer of 1 to 31; 40 on average.
fn one_turn(index: usize) -> Trajectory {
    let answer = 1 + index * 7 % 31;
    let end = i64::try_from(24 + answer).expect("a small number");
    Trajectory {
        tokens: (0..end).collect(),
        boundaries: vec![0, 16, 24, end],
        rewards: vec![1.0],
        logprobs: vec![-1.0; 8],
        terminated: true,
        extra: "{}".into(),
        ..Trajectory::default()
    }
}

/// A million turns, one a trajectory, with priorities that differ.
fn filled() -> (Store, Replay) {
    let mut store = Store::in_memory(DEFAULT_SEGMENT_BYTES).expect("a valid size");
    let mut replay = Replay::new(TURNS, 0.6, 0.4, 1e-6, 0).expect("valid options");
    for index in 0..TURNS {
        let id = store.append(&one_turn(index)).expect("a valid trajectory");
        replay
            .add(&store, i64::try_from(id).expect("a small number"))
            .expect("a new id");
    }
    let ids: Vec<i64> = (0..).take(TURNS).collect();
    let errors: Vec<f64> = (0..1000).map(f64::from).cycle().take(TURNS).collect();
    replay
        .update(&store, &ids, &vec![0; TURNS], &errors)
        .expect("held turns");
    (store, replay)
}

fn replay(criterion: &mut Criterion) {
    let (store, mut replay) = filled();
    for batch in [256, 4096] {
        criterion.bench_function(&format!("sample {batch} of 1e6"), |bencher| {
            bencher.iter(|| black_box(replay.sample(batch).expect("a filled buffer")));
        });
        let drawn: Vec<_> = (0..64)
            .map(|_| replay.sample(batch).expect("a filled buffer"))
            .collect();
        let errors: Vec<f64> = (0..997).map(f64::from).cycle().take(batch).collect();
        let mut drawn = drawn.iter().cycle();
        criterion.bench_function(&format!("update {batch} of 1e6"), |bencher| {
            bencher.iter(|| {
                let batch = drawn.next().expect("a cycle");
                replay.update(&store, &batch.trajectories, &batch.turns, &errors)
            });
        });
    }
    let drawn: Vec<_> = (0..64)
        .map(|_| replay.sample(256).expect("a filled buffer"))
        .collect();
    let mut drawn = drawn.iter().cycle();
    criterion.bench_function(
        "gather and pad 256 turns of 40 tokens from 1e6",
        |bencher| {
            bencher.iter(|| {
                let batch = drawn.next().expect("a cycle");
                black_box(
                    store
                        .gather_turns(&batch.trajectories, &batch.turns)
                        .expect("known turns"),
                )
            });
        },
    );
}

fn append(criterion: &mut Criterion) {
    let rows: Vec<Trajectory> = (0..1000).map(one_turn).collect();
    criterion.bench_function("append 1000 trajectories, in memory", |bencher| {
        let empty = || Store::in_memory(DEFAULT_SEGMENT_BYTES).expect("a valid size");
        bencher.iter_batched_ref(empty, |store| store.extend(&rows), BatchSize::LargeInput);
    });
    let folder = std::env::temp_dir().join(format!("archer-bench-{}", std::process::id()));
    let mut store = Store::open(&folder, DEFAULT_SEGMENT_BYTES).expect("a new folder");
    criterion.bench_function("append 1000 trajectories to a folder, at once", |bencher| {
        bencher.iter(|| store.truncate(0).and_then(|()| store.extend(&rows)));
    });
    criterion.bench_function(
        "append 1000 trajectories to a folder, one by one",
        |bencher| {
            bencher.iter(|| {
                store.truncate(0).expect("a writer");
                rows.iter()
                    .try_for_each(|row| store.append(row).map(|_| ()))
            });
        },
    );
    drop(store);
    std::fs::remove_dir_all(&folder).expect("our folder");
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = replay, append
}
criterion_main!(benches);
