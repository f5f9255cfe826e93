//! Tests of the transitions: every stage with every signal.
