/// Everything a replay buffer refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// In these words: what was given, what was expected, what to do.
    #[error("{0}")]
    Refused(String),

    /// The store refused.
    #[error(transparent)]
    Store(#[from] archer_store::Error),
}

impl Error {
    pub(crate) fn refused<T>(message: impl Into<String>) -> Result<T, Self> {
        Err(Self::Refused(message.into()))
    }
}
