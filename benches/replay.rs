//! `cargo bench --bench replay`: prioritized draws and updates, at the size of a long run.

mod turns;

use std::hint::black_box;
use std::time::Duration;

use archer_replay::{Options, Replay, Scheme};
use archer_store::{DEFAULT_SEGMENT_BYTES, Store};
use criterion::{Criterion, criterion_group, criterion_main};
use turns::{TURNS, one_turn};

/// Turns in all the batches of one size that are updated over and over: as many as are held, so that
/// a batch that comes again finds no more of itself in the caches than one that is new.
const DRAWN: usize = 1 << 20;

/// A million turns, one a trajectory, with priorities that differ.
fn filled() -> (Store, Replay) {
    let mut store = Store::in_memory(DEFAULT_SEGMENT_BYTES).expect("a valid size");
    for index in 0..TURNS {
        store.append(&one_turn(index)).expect("a valid trajectory");
    }
    let options = Options {
        capacity: TURNS,
        alpha: 0.6,
        ..Options::default()
    };
    let mut replay = Replay::new(options).expect("valid options");
    let ids: Vec<i64> = (0..).take(TURNS).collect();
    replay.extend(&store, &ids).expect("new ids");
    let errors: Vec<f64> = (0..1000).map(f64::from).cycle().take(TURNS).collect();
    replay
        .update(&store, &ids, &vec![0; TURNS], &errors)
        .expect("held turns");
    (store, replay)
}

/// The oldest turn leaves and comes again, of little error, while one turn has by far the largest.
fn turn_over(criterion: &mut Criterion) {
    const OUTLIER: i64 = 12_345;
    let (store, mut replay) = filled();
    let learn = |replay: &mut Replay, id: i64| {
        let error = if id == OUTLIER { 1e9 } else { 0.5 };
        replay.update(&store, &[id], &[0], &[error])
    };
    learn(&mut replay, OUTLIER).expect("a held turn");
    criterion.bench_function("evict, add and update 1 of 1e6, an outlier", |bencher| {
        bencher.iter(|| {
            let oldest = replay.trajectories().next().expect("a filled buffer");
            replay.evict(1).expect("a filled buffer");
            replay.add(&store, oldest).expect("a turn of the store");
            learn(&mut replay, oldest)
        });
    });
}

fn replay(criterion: &mut Criterion) {
    let (store, mut replay) = filled();
    for batch in [256, 4096] {
        for scheme in [Scheme::Stratified, Scheme::Independent, Scheme::Distinct] {
            criterion.bench_function(&format!("draw {batch} of 1e6, {scheme:?}"), |bencher| {
                bencher.iter(|| {
                    black_box(replay.draw(&store, batch, scheme).expect("a filled buffer"))
                });
            });
        }
        let mut draw = || replay.draw(&store, batch, Scheme::Stratified);
        let drawn: Vec<_> = (0..DRAWN / batch)
            .map(|_| draw().expect("a filled buffer"))
            .collect();
        let errors: Vec<f64> = (0..997).map(f64::from).cycle().take(batch).collect();
        let mut drawn = drawn.iter().cycle();
        criterion.bench_function(&format!("update {batch} of 1e6"), |bencher| {
            bencher.iter(|| {
                let batch = drawn.next().expect("a cycle");
                replay.update(&store, &batch.trajectory, &batch.turn, &errors)
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = replay, turn_over
}
criterion_main!(benches);
