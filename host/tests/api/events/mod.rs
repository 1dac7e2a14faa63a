//! `/events`

mod lifecycle;
