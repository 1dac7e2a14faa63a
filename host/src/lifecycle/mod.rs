//! What time does to events: start, end, settlement.
