"""The methods, one readable file each."""
