//! Empty on purpose: the root package only carries the benchmarks beside this file.
