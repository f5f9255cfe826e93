//! Limits of a message, as QEMU's parser has them.

/// Deepest nesting of arrays and objects in a message.
pub const MAX_NESTING: usize = 1024;
/// Most bytes that the tokens of a message may have together; a single token has at most one less.
pub const MAX_TOKEN_BYTES: usize = 64 << 20;
/// Most tokens in a message.
pub const MAX_TOKENS: usize = 2 << 20;
