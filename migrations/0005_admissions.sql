-- What designers need: admissions that count, versions that move, and a way back.

-- What an admission added to shared counters, for as long as the player is in.
ALTER TABLE gameplay.event_participants
    ADD COLUMN admission_counters jsonb CHECK (jsonb_typeof(admission_counters) = 'object');
