//! Opponents that are programs of their own, spoken to by the universal chess interface (UCI).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cozy_chess::{Board, Move};

use super::fen::fen;
use super::notation::{Said, read_move};
use crate::EnvError;

/// How long an engine may take for anything but a search by time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of one that ends, whether that is noticed when it is spoken to or when it is listened to.
const STOPPED: &str = "it has stopped, or speaks no UCI";
/// Who says more lines than this before it answers is no engine: searches report far less.
const MAX_LINES: usize = 1_000_000;
/// Longer lines are read in parts.
const LONGEST_LINE: u64 = 1 << 16;
/// Lines that wait to be read; beyond them the engine waits.
const WAITING_LINES: usize = 1000;

/// What is asked of an engine.
pub struct Settings {
    pub path: String,
    /// Names and values for `setoption`, of one line each.
    pub options: Vec<(String, String)>,
    pub limit: Limit,
}

/// When a search ends.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// After so many positions: the same move on any machine, if the engine uses no chance.
    Nodes(u32),
    /// After so many milliseconds.
    Movetime(u32),
}

/// Processes of one engine: as many as threads ever asked at the same time.
pub struct Engines {
    settings: Settings,
    idle: Mutex<Vec<Engine>>,
}

impl Engines {
    /// Starts a first process, to see that it is an engine and has these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] if it is not, or has not.
    pub fn new(settings: Settings) -> Result<Self, EnvError> {
        let first = Engine::start(&settings).map_err(|reason| {
            let path = &settings.path;
            EnvError::Option(format!(
                "engine is {path:?}, which cannot be used: {reason}"
            ))
        })?;
        let idle = Mutex::new(vec![first]);
        Ok(Self { settings, idle })
    }

    /// The engine's move; the error says why there is none.
    ///
    /// A process that fails is replaced by a new one, once.
    pub fn best_move(&self, board: &Board) -> Result<Move, String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = |mut engine: Engine| {
            let best = engine.best_move(board, self.settings.limit)?;
            Ok::<_, String>((engine, best))
        };
        let waiting = idle().pop().filter(Engine::is_own);
        let (engine, best) = match waiting.and_then(|engine| ask(engine).ok()) {
            Some(answered) => answered,
            None => ask(Engine::start(&self.settings)?)?,
        };
        idle().push(engine);
        Ok(best)
    }
}

/// A running process.
struct Engine {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// The process that started it: a fork of that must leave it alone.
    owner: u32,
}

impl Engine {
    fn start(settings: &Settings) -> Result<Self, String> {
        let mut child = Command::new(&settings.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("it does not start: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("it has no input and output".to_owned());
        };
        let (sender, lines) = sync_channel(WAITING_LINES);
        std::thread::spawn(move || forward(output, &sender));
        let owner = std::process::id();
        let mut engine = Self {
            child,
            input,
            lines,
            owner,
        };
        engine.greet(settings)?;
        Ok(engine)
    }

    /// Whether this process started it.
    fn is_own(&self) -> bool {
        self.owner == std::process::id()
    }

    fn greet(&mut self, settings: &Settings) -> Result<(), String> {
        self.say("uci")?;
        let mut known = Vec::new();
        self.listen(PATIENCE, |line| {
            let name = line
                .strip_prefix("option name ")
                .and_then(|rest| rest.split_once(" type "));
            known.extend(name.map(|(name, _)| name.to_owned()));
            (line == "uciok").then_some(())
        })?;
        for (name, value) in &settings.options {
            // Names are the same in either case, and best spelt as the engine does.
            let Some(name) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                return Err(format!(
                    "it has no option {name:?}, but {}",
                    known.join(", ")
                ));
            };
            self.say(&format!("setoption name {name} value {value}"))?;
        }
        self.ready()
    }

    fn ready(&mut self) -> Result<(), String> {
        self.say("isready")?;
        self.listen(PATIENCE, |line| (line == "readyok").then_some(()))
    }

    fn best_move(&mut self, board: &Board, limit: Limit) -> Result<Move, String> {
        // What it remembers of other games would show in its moves.
        self.say("ucinewgame")?;
        self.ready()?;
        self.say(&format!("position fen {}", fen(board)))?;
        let patience = match limit {
            Limit::Nodes(nodes) => {
                self.say(&format!("go nodes {nodes}"))?;
                PATIENCE
            }
            Limit::Movetime(milliseconds) => {
                self.say(&format!("go movetime {milliseconds}"))?;
                PATIENCE + Duration::from_millis(u64::from(milliseconds))
            }
        };
        let best = self.listen(patience, |line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("bestmove")).then(|| words.next().unwrap_or("").to_owned())
        })?;
        match read_move(board, &best) {
            Said::Move(legal) => Ok(legal),
            _ => Err(format!(
                "it plays {:?}",
                best.chars().take(20).collect::<String>()
            )),
        }
    }

    fn say(&mut self, line: &str) -> Result<(), String> {
        writeln!(self.input, "{line}")
            .and_then(|()| self.input.flush())
            .map_err(|_| STOPPED.to_owned())
    }

    /// Reads lines until `wanted` finds what it wants in one.
    fn listen<T>(
        &self,
        patience: Duration,
        mut wanted: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, String> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        let deadline = Instant::now() + patience;
        for _ in 0..MAX_LINES {
            let left = deadline.saturating_duration_since(Instant::now());
            // Lines that are there are handed out even when no time is left.
            let heard = if left.is_zero() {
                Err(Timeout)
            } else {
                self.lines.recv_timeout(left)
            };
            match heard {
                Ok(line) => {
                    if let Some(found) = wanted(line.trim()) {
                        return Ok(found);
                    }
                }
                Err(Disconnected) => return Err(STOPPED.to_owned()),
                Err(Timeout) => {
                    let seconds = patience.as_secs();
                    return Err(format!("it gave no answer within {seconds} seconds"));
                }
            }
        }
        Err(format!("it gave no answer within {MAX_LINES} lines"))
    }
}

/// Passes on what an engine says, until it ends or nobody listens.
fn forward(output: ChildStdout, listener: &SyncSender<String>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut output)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
    {
        // Some name their authors in other encodings than UTF-8.
        let text = String::from_utf8_lossy(&line).into_owned();
        if listener.send(text).is_err() {
            return;
        }
        line.clear();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_own() {
            // It may be gone already, and then there is nothing to end.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
