#!/bin/sh
# A stand-in for a UCI engine. It plays the moves of its option Moves, one after the other; "die" is
# no move but ends the process, and "chatter" says much before the next. With the option Once it ends at its first search, unless a file of
# that name is there, which it makes.
echo "Stand-in 1.0"
moves=""
once=""
while read -r line; do
  case "$line" in
    uci) echo "id name Stand-in"
      printf 'id author Andr\351, whose name is no UTF-8\n'
      echo "option name Moves type string default"
      echo "option name Once type string default"
      echo "uciok" ;;
    "setoption name Moves value "*) moves="${line#setoption name Moves value }" ;;
    "setoption name Once value "*) once="${line#setoption name Once value }" ;;
    isready) echo "readyok" ;;
    go*)
      if [ -n "$once" ] && [ ! -e "$once" ]; then : > "$once"; exit 1; fi
      next="${moves%% *}"
      moves="${moves#* }"
      if [ "$next" = die ]; then exit 1; fi
      if [ "$next" = chatter ]; then
        head -c 300000 /dev/zero | tr '\000' x
        yes "info depth 1" | head -n 5000
        next="${moves%% *}"
        moves="${moves#* }"
      fi
      echo "info depth 1 string $line"
      echo "bestmove $next ponder e2e4" ;;
    quit) exit 0 ;;
  esac
done
