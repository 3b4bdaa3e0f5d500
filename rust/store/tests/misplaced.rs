//! Segments that were copied, renamed or swapped are told by what they hold, not by their names.

mod common;

use std::collections::BTreeSet;
use std::fs;

use archer_store::salvage::{self, Report};
use archer_store::{Store, Trajectory};
use common::{Folder, Log, assert_same, read_all, segment_name};

const TURNS: [usize; 9] = [3, 9, 1, 20, 40, 2, 5, 24, 1];

fn logs() -> [Log; 2] {
    let logs = [Log::new(&TURNS), Log::new(&TURNS).version_1()];
    assert!(logs.iter().all(|log| log.files.len() > 4));
    logs
}

/// The records of these segments are kept, in the order of their ids, and all others named as lost.
fn assert_kept(log: &Log, folder: &Folder, segments: &BTreeSet<usize>, here: &str) -> Report {
    let out = folder.0.join("out");
    let report = salvage::repair(&folder.0, Some(&out)).unwrap();
    assert!(!report.is_whole(), "{here}: {report:?}");
    let kept = read_all(&Store::open_read_only(&out).unwrap());
    fs::remove_dir_all(&out).unwrap();
    let is_kept = |id: &usize| segments.contains(&log.places[*id].0);
    let (left, gone): (Vec<usize>, Vec<usize>) = (0..TURNS.len()).partition(is_kept);
    let expected: Vec<Trajectory> = left
        .iter()
        .map(|&id| log.trajectories[id].clone())
        .collect();
    let here = format!("{here}, version {}: {report:#?}", log.version);
    assert_same(&kept, &expected, &here);
    let lost: Vec<usize> = report.lost.iter().cloned().flatten().collect();
    // Of those at the end only the first is known.
    let end = segments.iter().max().copied().unwrap_or(0);
    let known = gone.iter().filter(|&&id| log.places[id].0 <= end);
    let first_after = gone.iter().find(|&&id| log.places[id].0 > end);
    let expected: Vec<usize> = known.chain(first_after).copied().collect();
    assert_eq!(lost, expected, "{here}");
    report
}

fn says(report: &Report, file: usize, what: &str) -> bool {
    let name = segment_name(file);
    let said = |line: &String| line.starts_with(&name) && line.contains(what);
    report.damage.iter().any(said)
}

#[test]
fn swapped_segments_lose_nothing() {
    for log in logs() {
        let (folder, all) = (Folder::new(), (0..log.files.len()).collect());
        for one in 0..log.files.len() {
            for other in 0..one {
                let mut files = log.files.clone();
                files.swap(one, other);
                folder.write(&files);
                let here = format!("{one} and {other} swapped");
                let report = assert_kept(&log, &folder, &all, &here);
                assert!(
                    says(&report, one, &format!("this file is segment {other}")),
                    "{report:?}"
                );
                assert!(
                    says(&report, other, &format!("this file is segment {one}")),
                    "{report:?}"
                );
                assert_eq!(report.lost, []);
            }
        }
    }
}

#[test]
fn a_copied_segment_costs_the_one_that_it_was_copied_over() {
    for log in logs() {
        let folder = Folder::new();
        for from in 0..log.files.len() {
            for to in (0..log.files.len()).filter(|&to| to != from) {
                let mut files = log.files.clone();
                files[to].clone_from(&log.files[from]);
                folder.write(&files);
                let left = (0..log.files.len())
                    .filter(|&segment| segment != to)
                    .collect();
                let here = format!("{from} copied over {to}");
                let report = assert_kept(&log, &folder, &left, &here);
                let what = format!("this file is segment {from}, which {}", segment_name(from));
                assert!(says(&report, to, &what), "{here}: {report:?}");
                let bytes: usize = files.iter().map(Vec::len).sum();
                assert_eq!(report.bytes, bytes as u64);
            }
        }
    }
}

#[test]
fn a_copy_that_is_whole_is_taken_for_one_that_is_not() {
    for log in logs() {
        let (folder, all) = (Folder::new(), (0..log.files.len()).collect());
        for segment in 0..log.files.len() {
            for at in (0..log.files[segment].len()).step_by(7) {
                let mut files = log.files.clone();
                files[segment][at] ^= 1;
                folder.write(&files);
                folder.write_one(files.len() + 7, &log.files[segment]);
                let here = format!("byte {at} of {segment} flipped, and copied");
                assert_kept(&log, &folder, &all, &here);
            }
        }
    }
}

#[test]
fn a_renamed_segment_loses_nothing() {
    for log in logs() {
        let (folder, all) = (Folder::new(), (0..log.files.len()).collect());
        for segment in 0..log.files.len() {
            for name in [log.files.len(), log.files.len() + 7] {
                folder.write(&log.files);
                fs::rename(folder.segment(segment), folder.segment(name)).unwrap();
                let report = assert_kept(&log, &folder, &all, &format!("{segment} as {name}"));
                assert_eq!(report.damage.len(), 1, "{report:?}");
                assert!(says(
                    &report,
                    name,
                    &format!("this file is segment {segment}")
                ));
            }
        }
    }
}

#[test]
fn a_segment_of_another_log_gives_no_id_twice() {
    let (log, folder) = (Log::new(&TURNS), Folder::new());
    let mut turns = TURNS;
    turns[0] = 1; // more records fit into its first segments
    let other = Log::new(&turns);
    for segment in 1..log.files.len().min(other.files.len()) {
        let mut files = log.files.clone();
        files[segment].clone_from(&other.files[segment]);
        folder.write(&files);
        let out = folder.0.join("out");
        let report = salvage::repair(&folder.0, Some(&out)).unwrap();
        let kept = read_all(&Store::open_read_only(&out).unwrap());
        let seeds: Vec<u64> = kept.iter().map(|t| t.seed).collect();
        assert!(
            seeds.is_sorted_by(|a, b| a < b),
            "{segment}: {seeds:?} {report:?}"
        );
        let lost: BTreeSet<u64> = report
            .lost
            .iter()
            .cloned()
            .flatten()
            .map(|id| id as u64)
            .collect();
        assert!(
            seeds.iter().all(|id| !lost.contains(id)),
            "{segment}: {report:?}"
        );
        assert_eq!(
            seeds.len() + lost.len(),
            TURNS.len(),
            "{segment}: {seeds:?} {report:?}"
        );
    }
}
