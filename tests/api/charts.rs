//! Pictures of aggregates: well-formed, saying what they show, and showing what the JSON says.
