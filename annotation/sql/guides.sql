-- What shows its answer is not judged meanwhile: example and practice clips are not being labeled,
-- and whether a transcript is shown is one of the numbers that the first vote freezes.

CREATE FUNCTION clip_shows_its_answer(clip bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM annotation_example e WHERE e.clip_id = clip)
        OR EXISTS (SELECT FROM annotation_practiceclip p WHERE p.clip_id = clip)
$$;

CREATE FUNCTION guide_clip_is_not_being_labeled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corpus bigint;
    of_clip bigint;
BEGIN
    -- The lock makes an opening that is just under way wait, or be waited for.
    SELECT c.corpus_id INTO of_clip FROM collection_clip c WHERE c.id = NEW.clip_id FOR UPDATE;
    IF TG_TABLE_NAME = 'annotation_example' THEN
        SELECT e.corpus_id INTO corpus FROM annotation_emotion e WHERE e.id = NEW.emotion_id;
    ELSE
        corpus := NEW.corpus_id;
        IF NEW.emotion_id IS NOT NULL AND NOT EXISTS (SELECT FROM annotation_emotion e
                WHERE e.id = NEW.emotion_id AND e.corpus_id = NEW.corpus_id) THEN
            PERFORM refuse('a_guide_clip_and_its_label_are_of_one_corpus',
                format('clip %s', NEW.clip_id));
        END IF;
    END IF;
    IF of_clip IS DISTINCT FROM corpus THEN
        PERFORM refuse('a_guide_clip_and_its_label_are_of_one_corpus',
            format('clip %s', NEW.clip_id));
    END IF;
    IF EXISTS (SELECT FROM annotation_labeling l WHERE l.clip_id = NEW.clip_id
            AND l.stage NOT IN ('labeled', 'unlabeled')) THEN
        PERFORM refuse('a_clip_that_shows_its_answer_is_not_being_labeled',
            format('clip %s', NEW.clip_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER example_is_not_being_labeled BEFORE INSERT OR UPDATE ON annotation_example
    FOR EACH ROW EXECUTE FUNCTION guide_clip_is_not_being_labeled();
CREATE TRIGGER practice_clip_is_not_being_labeled BEFORE INSERT OR UPDATE ON annotation_practiceclip
    FOR EACH ROW EXECUTE FUNCTION guide_clip_is_not_being_labeled();

-- After the foreign key has locked the clip (its trigger's name sorts first), so an example that
-- is just being chosen is seen.
CREATE FUNCTION labeling_is_of_no_guide_clip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF clip_shows_its_answer(NEW.clip_id) THEN
        PERFORM refuse('a_clip_that_shows_its_answer_is_not_being_labeled',
            format('clip %s', NEW.clip_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER labeling_is_of_no_guide_clip AFTER INSERT ON annotation_labeling
    FOR EACH ROW WHEN (NEW.stage NOT IN ('labeled', 'unlabeled'))
    EXECUTE FUNCTION labeling_is_of_no_guide_clip();

-- A void or an undo opens a finished labeling again: the clip is no example any more.
CREATE FUNCTION reopened_clip_is_no_guide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who is just making it an example is waited for, or waits.
    PERFORM FROM collection_clip c WHERE c.id = NEW.clip_id FOR NO KEY UPDATE;
    DELETE FROM annotation_example WHERE clip_id = NEW.clip_id;
    DELETE FROM annotation_practiceclip WHERE clip_id = NEW.clip_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reopened_clip_is_no_guide AFTER UPDATE OF stage ON annotation_labeling
    FOR EACH ROW WHEN (OLD.stage IN ('labeled', 'unlabeled')
        AND NEW.stage NOT IN ('labeled', 'unlabeled'))
    EXECUTE FUNCTION reopened_clip_is_no_guide();

-- A note stands beside a vote and is kept like it; only that it was read is written to it.
CREATE FUNCTION note_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM annotation_seat s WHERE s.id = NEW.seat_id
                AND s.corpus_id = NEW.corpus_id AND s.voted) THEN
            PERFORM refuse('a_note_stands_beside_a_vote', format('seat %s', NEW.seat_id));
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND deleting_a_corpus() THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.seat_id, NEW.corpus_id, NEW.text, NEW.at)
            IS DISTINCT FROM (OLD.seat_id, OLD.corpus_id, OLD.text, OLD.at) THEN
        PERFORM refuse('notes_are_kept_for_ever', format('note %s', OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_is_kept BEFORE INSERT OR UPDATE OR DELETE ON annotation_note
    FOR EACH ROW EXECUTE FUNCTION note_is_kept();

CREATE OR REPLACE FUNCTION corpus_numbers_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.emotion_votes, NEW.max_emotion_votes, NEW.labels_per_vote, NEW.reliability_votes,
        NEW.relabel_rounds, NEW.valence_ratings, NEW.valence_min, NEW.valence_max,
        NEW.show_transcript)
        IS DISTINCT FROM
        (OLD.emotion_votes, OLD.max_emotion_votes, OLD.labels_per_vote, OLD.reliability_votes,
        OLD.relabel_rounds, OLD.valence_ratings, OLD.valence_min, OLD.valence_max,
        OLD.show_transcript)
        AND corpus_has_votes_by_now(OLD.id) THEN
        PERFORM refuse('numbers_are_frozen_once_the_first_vote_is_cast',
            format('corpus %s', OLD.slug));
    END IF;
    RETURN NEW;
END $$;
