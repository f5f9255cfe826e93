//! The core by itself: no socket, every byte written here.

use super::*;
