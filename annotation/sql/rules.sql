-- The rules of annotation that look beyond one row. Each refusal carries the rule's name as
-- its constraint, like those that PostgreSQL checks itself.

CREATE FUNCTION refuse(rule text, detail text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', rule, detail USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

-- Deleting a whole corpus, typed out by name, is the one way to be rid of votes.
CREATE FUNCTION deleting_a_corpus() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('concord.deleting_a_corpus', true), '') = 'on' $$;

-- One row belongs with the other: clip with corpus, labeling with clip, pair with round.
ALTER TABLE annotation_labeling
    ADD CONSTRAINT a_labeling_is_of_its_clips_corpus
    FOREIGN KEY (clip_id, corpus_id) REFERENCES collection_clip (id, corpus_id),
    ADD CONSTRAINT labelings_have_a_corpus UNIQUE (id, clip_id, corpus_id);
ALTER TABLE annotation_seat
    ADD CONSTRAINT a_seat_is_of_its_labelings_clip
    FOREIGN KEY (labeling_id, clip_id, corpus_id)
    REFERENCES annotation_labeling (id, clip_id, corpus_id),
    ADD CONSTRAINT a_seat_judges_a_pair_of_its_labeling_and_round
    FOREIGN KEY (pair_id, labeling_id, round)
    REFERENCES annotation_labelpair (id, labeling_id, round);

CREATE FUNCTION pair_fits_its_corpus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM annotation_labeling l
        JOIN annotation_emotion e ON e.corpus_id = l.corpus_id
        WHERE l.id = NEW.labeling_id AND e.id = NEW.emotion_id AND NOT e.special
    ) THEN
        PERFORM refuse('a_pair_has_a_category_of_its_corpus',
            format('labeling %s, emotion %s', NEW.labeling_id, NEW.emotion_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pair_fits_its_corpus BEFORE INSERT ON annotation_labelpair
    FOR EACH ROW EXECUTE FUNCTION pair_fits_its_corpus();

-- What was judged cannot become something else afterwards.
CREATE FUNCTION pair_keeps_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.labeling_id, NEW.round, NEW.emotion_id)
        IS DISTINCT FROM (OLD.labeling_id, OLD.round, OLD.emotion_id) THEN
        PERFORM refuse('a_pair_keeps_its_place', format('pair %s', OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pair_keeps_its_place BEFORE UPDATE ON annotation_labelpair
    FOR EACH ROW EXECUTE FUNCTION pair_keeps_its_place();

-- A seat: its place and its holder never change.
CREATE FUNCTION seat_keeps_its_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.labeling_id, NEW.clip_id, NEW.corpus_id, NEW.round, NEW.stage, NEW.number)
        IS DISTINCT FROM
        (OLD.labeling_id, OLD.clip_id, OLD.corpus_id, OLD.round, OLD.stage, OLD.number)
        OR NEW.pair_id IS DISTINCT FROM OLD.pair_id THEN
        PERFORM refuse('a_seat_keeps_its_place', format('seat %s', OLD.id));
    END IF;
    IF OLD.annotator_id IS NOT NULL AND NEW.annotator_id IS DISTINCT FROM OLD.annotator_id THEN
        PERFORM refuse('a_seats_holder_never_changes', format('seat %s', OLD.id));
    END IF;
    IF OLD.voted AND NOT NEW.voted THEN
        PERFORM refuse('a_voted_seat_counts_for_ever', format('seat %s', OLD.id));
    END IF;
    IF OLD.closed IS NOT NULL AND NEW.closed IS DISTINCT FROM OLD.closed THEN
        PERFORM refuse('a_closed_seat_stays_closed', format('seat %s', OLD.id));
    END IF;
    IF OLD.closed IS NULL AND NEW.closed IS NOT NULL AND NEW.voted AND (
        EXISTS (SELECT FROM annotation_emotionvote v WHERE v.seat_id = OLD.id
            AND v.superseded_at IS NULL AND v.void_id IS NULL)
        OR EXISTS (SELECT FROM annotation_reliabilityvote v WHERE v.seat_id = OLD.id
            AND v.superseded_at IS NULL AND v.void_id IS NULL)
        OR EXISTS (SELECT FROM annotation_valencerating v WHERE v.seat_id = OLD.id
            AND v.superseded_at IS NULL AND v.void_id IS NULL)
    ) THEN
        PERFORM refuse('a_seat_with_a_counting_vote_is_not_closed', format('seat %s', OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_keeps_its_holder BEFORE UPDATE ON annotation_seat
    FOR EACH ROW EXECUTE FUNCTION seat_keeps_its_holder();

-- Seats are numbered, so that there is no place for a vote more than is asked.
CREATE FUNCTION seat_is_one_of_those_asked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer;
    last_round integer;
BEGIN
    SELECT CASE NEW.stage
            WHEN 'emotion' THEN CASE NEW.round
                WHEN 1 THEN coalesce(l.first_round_emotion_votes, c.max_emotion_votes)
                ELSE c.max_emotion_votes END
            WHEN 'reliability' THEN c.reliability_votes
            ELSE c.valence_ratings END,
        1 + c.relabel_rounds
        INTO most, last_round
        FROM annotation_labeling l JOIN collection_corpus c ON c.id = l.corpus_id
        WHERE l.id = NEW.labeling_id;
    IF NEW.number > most OR NEW.round > last_round THEN
        PERFORM refuse('no_more_seats_than_votes_are_asked',
            format('labeling %s, round %s, %s seat %s',
                NEW.labeling_id, NEW.round, NEW.stage, NEW.number));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seat_is_one_of_those_asked AFTER INSERT ON annotation_seat
    FOR EACH ROW EXECUTE FUNCTION seat_is_one_of_those_asked();

CREATE FUNCTION seat_that_counts_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.voted OR OLD.binds) AND NOT deleting_a_corpus() THEN
        PERFORM refuse('a_voted_seat_counts_for_ever', format('seat %s', OLD.id));
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER seat_that_counts_is_kept BEFORE DELETE ON annotation_seat
    FOR EACH ROW EXECUTE FUNCTION seat_that_counts_is_kept();

-- One role per membership: only annotators sit on seats.
CREATE FUNCTION seat_is_taken_by_an_annotator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock makes a change of role that is just under way wait, or be waited for.
    PERFORM FROM accounts_membership m WHERE m.corpus_id = NEW.corpus_id
        AND m.user_id = NEW.annotator_id AND m.role = 'annotator' FOR SHARE;
    IF NOT FOUND THEN
        PERFORM refuse('only_annotators_of_the_corpus_hold_seats',
            format('seat %s, user %s', NEW.id, NEW.annotator_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER new_seat_is_taken_by_an_annotator BEFORE INSERT ON annotation_seat
    FOR EACH ROW WHEN (NEW.annotator_id IS NOT NULL)
    EXECUTE FUNCTION seat_is_taken_by_an_annotator();
CREATE TRIGGER seat_is_taken_by_an_annotator BEFORE UPDATE OF annotator_id ON annotation_seat
    FOR EACH ROW WHEN (OLD.annotator_id IS NULL AND NEW.annotator_id IS NOT NULL)
    EXECUTE FUNCTION seat_is_taken_by_an_annotator();

CREATE FUNCTION annotator_with_seats_stays_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'annotator' AND NOT deleting_a_corpus()
        AND (TG_OP = 'DELETE' OR NEW.role <> 'annotator'
            OR (NEW.user_id, NEW.corpus_id) IS DISTINCT FROM (OLD.user_id, OLD.corpus_id))
        AND EXISTS (SELECT FROM annotation_seat s
            WHERE s.annotator_id = OLD.user_id AND s.corpus_id = OLD.corpus_id) THEN
        PERFORM refuse('an_annotator_with_seats_stays_an_annotator',
            format('user %s', OLD.user_id));
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER annotator_with_seats_stays_one BEFORE UPDATE OR DELETE ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION annotator_with_seats_stays_one();

-- Votes: cast on a held seat of their stage, kept for ever.
CREATE FUNCTION vote_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT deleting_a_corpus() THEN
            PERFORM refuse('votes_are_kept_for_ever', format('%s %s', TG_TABLE_NAME, OLD.id));
        END IF;
        RETURN OLD;
    END IF;
    IF to_jsonb(NEW) - 'superseded_at' - 'void_id' <> to_jsonb(OLD) - 'superseded_at' - 'void_id'
        OR OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at
        OR OLD.void_id IS NOT NULL AND NEW.void_id IS DISTINCT FROM OLD.void_id THEN
        PERFORM refuse('votes_are_kept_for_ever', format('%s %s', TG_TABLE_NAME, OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER emotion_vote_is_kept BEFORE UPDATE OR DELETE ON annotation_emotionvote
    FOR EACH ROW EXECUTE FUNCTION vote_is_kept();
CREATE TRIGGER reliability_vote_is_kept BEFORE UPDATE OR DELETE ON annotation_reliabilityvote
    FOR EACH ROW EXECUTE FUNCTION vote_is_kept();
CREATE TRIGGER valence_rating_is_kept BEFORE UPDATE OR DELETE ON annotation_valencerating
    FOR EACH ROW EXECUTE FUNCTION vote_is_kept();

CREATE FUNCTION corpus_of_the_seat(seat bigint, expected_stage text) RETURNS collection_corpus
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found collection_corpus;
BEGIN
    -- By its id first: while a corpus's first votes are written in bulk, statistics from before
    -- make the planner prefer an index of voted seats, which it believes to be empty.
    WITH s AS MATERIALIZED (SELECT * FROM annotation_seat WHERE id = seat)
    SELECT c.* INTO found FROM s JOIN collection_corpus c ON c.id = s.corpus_id
        WHERE s.stage = expected_stage AND s.closed IS NULL
        AND s.annotator_id IS NOT NULL AND s.voted AND s.leased_until IS NULL;
    IF found.id IS NULL THEN
        PERFORM refuse('a_vote_is_cast_on_a_held_seat_of_its_stage',
            format('seat %s, stage %s', seat, expected_stage));
    END IF;
    RETURN found;
END $$;

CREATE FUNCTION emotion_vote_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corpus collection_corpus := corpus_of_the_seat(NEW.seat_id, 'emotion');
    named integer;
    special integer;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE e.special) INTO named, special
        FROM annotation_emotion e
        WHERE e.corpus_id = corpus.id AND e.id IN (NEW.emotion_id, NEW.second_emotion_id);
    IF named < 1 + (NEW.second_emotion_id IS NOT NULL
            AND NEW.second_emotion_id <> NEW.emotion_id)::integer THEN
        PERFORM refuse('a_vote_names_labels_of_its_corpus', format('seat %s', NEW.seat_id));
    END IF;
    IF NEW.second_emotion_id IS NOT NULL AND special > 0 THEN
        PERFORM refuse('a_special_label_stands_alone', format('seat %s', NEW.seat_id));
    END IF;
    IF NEW.second_emotion_id IS NOT NULL AND corpus.labels_per_vote < 2 THEN
        PERFORM refuse('a_vote_names_no_more_labels_than_the_corpus_allows',
            format('seat %s', NEW.seat_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER emotion_vote_fits BEFORE INSERT ON annotation_emotionvote
    FOR EACH ROW EXECUTE FUNCTION emotion_vote_fits();

CREATE FUNCTION reliability_vote_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM corpus_of_the_seat(NEW.seat_id, 'reliability');
    RETURN NEW;
END $$;
CREATE TRIGGER reliability_vote_fits BEFORE INSERT ON annotation_reliabilityvote
    FOR EACH ROW EXECUTE FUNCTION reliability_vote_fits();

CREATE FUNCTION valence_rating_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corpus collection_corpus := corpus_of_the_seat(NEW.seat_id, 'valence');
BEGIN
    IF NEW.valence NOT BETWEEN corpus.valence_min AND corpus.valence_max THEN
        PERFORM refuse('a_valence_rating_is_in_the_range_of_its_corpus',
            format('seat %s, valence %s', NEW.seat_id, NEW.valence));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER valence_rating_fits BEFORE INSERT ON annotation_valencerating
    FOR EACH ROW EXECUTE FUNCTION valence_rating_fits();

-- "Numbers, label codes and special are frozen once the first vote is cast."
CREATE FUNCTION corpus_has_votes(corpus bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM annotation_seat s WHERE s.corpus_id = corpus AND s.voted) $$;

-- The same, but a first vote that is being cast at this moment is waited for.
CREATE FUNCTION corpus_has_votes_by_now(corpus bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT corpus_has_votes(corpus)
        AND EXISTS (SELECT FROM annotation_labeling l WHERE l.corpus_id = corpus) THEN
        LOCK TABLE annotation_emotionvote IN SHARE MODE;
    END IF;
    RETURN corpus_has_votes(corpus);
END $$;

CREATE FUNCTION corpus_numbers_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.emotion_votes, NEW.max_emotion_votes, NEW.labels_per_vote, NEW.reliability_votes,
        NEW.relabel_rounds, NEW.valence_ratings, NEW.valence_min, NEW.valence_max)
        IS DISTINCT FROM
        (OLD.emotion_votes, OLD.max_emotion_votes, OLD.labels_per_vote, OLD.reliability_votes,
        OLD.relabel_rounds, OLD.valence_ratings, OLD.valence_min, OLD.valence_max)
        AND corpus_has_votes_by_now(OLD.id) THEN
        PERFORM refuse('numbers_are_frozen_once_the_first_vote_is_cast',
            format('corpus %s', OLD.slug));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER corpus_numbers_are_frozen BEFORE UPDATE ON collection_corpus
    FOR EACH ROW EXECUTE FUNCTION corpus_numbers_are_frozen();

CREATE FUNCTION emotion_codes_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.corpus_id ELSE OLD.corpus_id END;
BEGIN
    IF (TG_OP <> 'UPDATE' OR (NEW.corpus_id, NEW.code, NEW.special)
            IS DISTINCT FROM (OLD.corpus_id, OLD.code, OLD.special))
        AND NOT deleting_a_corpus() AND corpus_has_votes_by_now(changed) THEN
        PERFORM refuse('label_codes_are_frozen_once_the_first_vote_is_cast',
            format('corpus %s', changed));
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER emotion_codes_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON annotation_emotion
    FOR EACH ROW EXECUTE FUNCTION emotion_codes_are_frozen();
