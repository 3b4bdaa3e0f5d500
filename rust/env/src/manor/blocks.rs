//! The form of the manor's text file: blocks of a first line, `KIND ID: NAMES`, and
//! fields, `KEY: TEXT`.

/// A block, of which every field has to be taken, so that a misspelt one is noticed.
#[derive(Clone)]
pub(super) struct Block {
    pub kind: &'static str,
    pub id: &'static str,
    /// What follows the colon of the first line.
    pub names: &'static str,
    line: usize,
    fields: Vec<(&'static str, &'static str)>,
}

/// The blocks of a text; lines that begin with `#` are comments.
pub(super) fn blocks(text: &'static str) -> Result<Vec<Block>, String> {
    let mut blocks: Vec<Block> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let (key, value) = line
            .split_once(": ")
            .ok_or_else(|| format!("line {number} is {line:?}: give KEY: TEXT"))?;
        if let Some((kind, id)) = key.split_once(' ') {
            blocks.push(Block {
                kind,
                id,
                names: value,
                line: number,
                fields: Vec::new(),
            });
        } else {
            let block = blocks
                .last_mut()
                .ok_or_else(|| format!("line {number} is before any block: give KIND ID: NAMES"))?;
            block.fields.push((key, value));
        }
    }
    Ok(blocks)
}

impl Block {
    /// Where the block is and what is wrong with it.
    pub fn error(&self, problem: &str) -> String {
        let (kind, id, line) = (self.kind, self.id, self.line);
        format!("{kind} {id}, which begins in line {line}: {problem}")
    }

    /// The names of the first line.
    pub fn names(&self) -> Vec<&'static str> {
        self.names.split(", ").collect()
    }

    pub fn take(&mut self, key: &str) -> Option<&'static str> {
        let at = self.fields.iter().position(|(own, _)| *own == key)?;
        Some(self.fields.remove(at).1)
    }

    pub fn need(&mut self, key: &str) -> Result<&'static str, String> {
        self.take(key)
            .ok_or_else(|| self.error(&format!("give the field {key:?}")))
    }

    /// What a field, if there is one, is by `read`.
    pub fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let unknown = || self.error(&format!("{key} is {value:?}, which there is not"));
        read(value).map(Some).ok_or_else(unknown)
    }

    /// The same for a field that there must be.
    pub fn need_read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, String> {
        self.read(key, read)?
            .ok_or_else(|| self.error(&format!("give the field {key:?}")))
    }

    /// Refuses fields that nobody has taken.
    pub fn finish(&self) -> Result<(), String> {
        match self.fields.first() {
            None => Ok(()),
            Some((key, _)) => Err(self.error(&format!("there is no field {key:?}, or only once"))),
        }
    }
}
