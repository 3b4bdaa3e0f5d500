"""archer's stories beside Jericho's; see README.md of `benches.peers`."""
