-- A clip whose labeling ended unlabeled may be opened again. From then on that labeling is over: it
-- stays as it ended.

-- After the insert: the unique rules speak first, and a row that they leave out is not looked at.
CREATE FUNCTION labeling_follows_an_unlabeled_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock: an undo or a void that is just under way is waited for, or waits.
    PERFORM FROM annotation_labeling l WHERE l.clip_id = NEW.clip_id
        AND l.number = NEW.number - 1 AND l.stage = 'unlabeled' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM refuse('a_labeling_follows_one_that_ended_unlabeled',
            format('clip %s, labeling %s', NEW.clip_id, NEW.number));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER labeling_follows_an_unlabeled_one AFTER INSERT ON annotation_labeling
    FOR EACH ROW WHEN (NEW.number > 1) EXECUTE FUNCTION labeling_follows_an_unlabeled_one();

CREATE FUNCTION earlier_labeling_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- That a later number is above 1 says nothing new, but names the small index labeling_again.
    IF EXISTS (SELECT FROM annotation_labeling n WHERE n.clip_id = OLD.clip_id
            AND n.number > OLD.number AND n.number > 1) THEN
        PERFORM refuse('an_earlier_labeling_stays_as_it_ended',
            format('clip %s, labeling %s', OLD.clip_id, OLD.number));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER earlier_labeling_stays
    BEFORE UPDATE OF stage, round, reason ON annotation_labeling
    FOR EACH ROW WHEN ((NEW.stage, NEW.round, NEW.reason)
        IS DISTINCT FROM (OLD.stage, OLD.round, OLD.reason))
    EXECUTE FUNCTION earlier_labeling_stays();

-- A number is given once: a labeling that is renumbered could follow anything.
CREATE FUNCTION labeling_keeps_its_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('a_labeling_keeps_its_number',
        format('clip %s, labeling %s', OLD.clip_id, OLD.number));
    RETURN NEW;
END $$;
CREATE TRIGGER labeling_keeps_its_number BEFORE UPDATE OF number ON annotation_labeling
    FOR EACH ROW WHEN (NEW.number IS DISTINCT FROM OLD.number)
    EXECUTE FUNCTION labeling_keeps_its_number();
