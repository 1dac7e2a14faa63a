//! Who is asking: keys, tokens and roles.
