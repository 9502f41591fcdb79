-- What a CheckConstraint cannot say: rules about lists, about what never changes, and about more
-- than one row. `refuse` and `deleting_a_corpus` are of annotation/sql/rules.sql.

ALTER TABLE selection_scoring
    ADD CONSTRAINT a_scoring_tells_two_classes_apart CHECK (cardinality(classes) >= 2);

ALTER TABLE selection_selectionclass
    ADD CONSTRAINT a_class_has_a_threshold_for_each_count
        CHECK (cardinality(thresholds) >= 1 AND cardinality(thresholds) = cardinality(correct)),
    ADD CONSTRAINT no_more_is_predicted_right_than_is_labeled
        CHECK (0 <= ALL (correct) AND labeled >= ALL (correct)
            AND array_position(correct, NULL) IS NULL),
    ADD CONSTRAINT a_threshold_is_a_confidence_and_an_empty_list_has_none
        CHECK (0 <= ALL (thresholds) AND 1 >= ALL (thresholds)
            AND array_positions(thresholds, NULL) = array_positions(correct, 0));

ALTER TABLE selection_selectionrun
    ADD CONSTRAINT confidences_are_in_sample_or_out_of_fold
        CHECK (confidences IN ('in_sample', 'out_of_fold'));

-- Removing a selection run of which nothing was opened is the one way to be rid of its rows.
CREATE FUNCTION deleting_a_selection() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT deleting_a_corpus()
    OR coalesce(current_setting('concord.deleting_a_selection', true), '') = 'on' $$;

-- A scoring that is ready stays as it is; its model, its job and its maker may be deleted.
CREATE FUNCTION ready_scoring_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('a_ready_scoring_stays', format('scoring %s', OLD.id));
    RETURN NULL;
END $$;

CREATE TRIGGER a_ready_scoring_stays BEFORE UPDATE ON selection_scoring
    FOR EACH ROW WHEN (
        OLD.ready_at IS NOT NULL AND (
            (NEW.corpus_id, NEW.model_digest, NEW.file_name, NEW.classes, NEW.missing, NEW.folds,
                NEW.labeled, NEW.unlabeled, NEW.left_out, NEW.digest, NEW.created_at, NEW.ready_at)
            IS DISTINCT FROM
            (OLD.corpus_id, OLD.model_digest, OLD.file_name, OLD.classes, OLD.missing, OLD.folds,
                OLD.labeled, OLD.unlabeled, OLD.left_out, OLD.digest, OLD.created_at, OLD.ready_at)
            OR NEW.model_id IS DISTINCT FROM OLD.model_id AND NEW.model_id IS NOT NULL
            OR NEW.job_id IS DISTINCT FROM OLD.job_id AND NEW.job_id IS NOT NULL
            OR NEW.created_by_id IS DISTINCT FROM OLD.created_by_id
                AND NEW.created_by_id IS NOT NULL
        )
    ) EXECUTE FUNCTION ready_scoring_stays();

-- A run selects from a ready scoring of its own corpus; what unseen clips say, only folds know.
CREATE FUNCTION run_is_of_a_ready_scoring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM selection_scoring s WHERE s.id = NEW.scoring_id AND s.corpus_id = NEW.corpus_id
        AND s.ready_at IS NOT NULL AND s.digest = NEW.scoring_digest
        AND (NEW.confidences = 'in_sample' OR s.folds > 0);
    IF NOT FOUND THEN
        PERFORM refuse('a_run_selects_from_a_ready_scoring_of_its_corpus',
            format('scoring %s', NEW.scoring_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_run_selects_from_a_ready_scoring_of_its_corpus
    AFTER INSERT OR UPDATE OF scoring_id, corpus_id, scoring_digest ON selection_selectionrun
    FOR EACH ROW EXECUTE FUNCTION run_is_of_a_ready_scoring();

-- What a run says stays; its job and its maker may be deleted.
CREATE FUNCTION selection_run_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('a_selection_run_stays', format('selection run %s', OLD.id));
    RETURN NULL;
END $$;

CREATE TRIGGER a_selection_run_stays BEFORE UPDATE ON selection_selectionrun
    FOR EACH ROW WHEN (
        (NEW.corpus_id, NEW.scoring_id, NEW.scoring_digest, NEW.eta, NEW.confidences, NEW.labeled,
            NEW.pool, NEW.selected, NEW.digest, NEW.created_at)
        IS DISTINCT FROM
        (OLD.corpus_id, OLD.scoring_id, OLD.scoring_digest, OLD.eta, OLD.confidences, OLD.labeled,
            OLD.pool, OLD.selected, OLD.digest, OLD.created_at)
        OR OLD.ready_at IS NOT NULL AND (
            NEW.ready_at IS DISTINCT FROM OLD.ready_at
            OR NEW.job_id IS DISTINCT FROM OLD.job_id AND NEW.job_id IS NOT NULL
        )
        OR NEW.created_by_id IS DISTINCT FROM OLD.created_by_id AND NEW.created_by_id IS NOT NULL
    ) EXECUTE FUNCTION selection_run_stays();

CREATE FUNCTION selection_run_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT deleting_a_selection() THEN
        PERFORM refuse('a_selection_run_stays', format('selection run %s', OLD.id));
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER a_selection_run_is_kept BEFORE DELETE ON selection_selectionrun
    FOR EACH ROW WHEN (OLD.ready_at IS NOT NULL) EXECUTE FUNCTION selection_run_is_kept();

-- It becomes ready with all that it counts: a clip for each of its pool, and of each class of its
-- scoring as many, and as many chosen, as it says.
CREATE FUNCTION ready_run_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    clips bigint; chosen bigint; codes varchar[]; differing bigint;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE c.chosen) INTO clips, chosen
        FROM selection_runclip c WHERE c.run_id = NEW.id;
    SELECT array_agg(c.code ORDER BY c.position) INTO codes
        FROM selection_selectionclass c WHERE c.run_id = NEW.id;
    SELECT count(*) INTO differing
        FROM (SELECT c.position, count(*) AS predicted, count(*) FILTER (WHERE c.chosen) AS selected
            FROM selection_runclip c WHERE c.run_id = NEW.id GROUP BY c.position) found
        FULL JOIN (SELECT c.position, c.predicted, c.selected
            FROM selection_selectionclass c WHERE c.run_id = NEW.id) said USING (position)
        WHERE (coalesce(found.predicted, 0), coalesce(found.selected, 0))
            IS DISTINCT FROM (said.predicted::bigint, said.selected::bigint);
    PERFORM FROM selection_scoring s WHERE s.id = NEW.scoring_id AND s.classes = codes;
    IF NOT FOUND OR differing > 0
        OR (clips, chosen) IS DISTINCT FROM (NEW.pool::bigint, NEW.selected::bigint) THEN
        PERFORM refuse('a_ready_selection_run_is_whole',
            format('selection run %s: %s of %s clips, %s of %s chosen, classes %s, %s of them '
                'otherwise than they say', NEW.id, clips, NEW.pool, chosen, NEW.selected, codes,
                differing));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_ready_selection_run_is_whole
    AFTER INSERT OR UPDATE OF ready_at ON selection_selectionrun
    FOR EACH ROW WHEN (NEW.ready_at IS NOT NULL) EXECUTE FUNCTION ready_run_is_whole();

-- The rows of a ready run stay, looked at once a statement: a run has a row for every clip. The
-- lock: rows are not added while the run becomes ready.
CREATE FUNCTION no_rows_come_to_a_ready_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run record;
BEGIN
    FOR run IN SELECT r.id, r.ready_at FROM selection_selectionrun r
        WHERE r.id IN (SELECT n.run_id FROM now_there n) ORDER BY r.id FOR SHARE
    LOOP
        IF run.ready_at IS NOT NULL THEN
            PERFORM refuse('the_rows_of_a_selection_run_stay', format('selection run %s', run.id));
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION rows_of_a_ready_run_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
BEGIN
    SELECT r.id INTO run FROM selection_selectionrun r
        WHERE r.id IN (SELECT g.run_id FROM gone g) AND r.ready_at IS NOT NULL
            AND NOT deleting_a_corpus() AND (NOT deleting_a_selection()
                OR EXISTS (SELECT FROM selection_selectionbatch b WHERE b.run_id = r.id))
        LIMIT 1;
    IF run IS NOT NULL THEN
        PERFORM refuse('the_rows_of_a_selection_run_stay', format('selection run %s', run));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER the_clips_of_a_selection_run_stay_as_many AFTER INSERT ON selection_runclip
    REFERENCING NEW TABLE AS now_there
    FOR EACH STATEMENT EXECUTE FUNCTION no_rows_come_to_a_ready_run();
CREATE TRIGGER the_clips_of_a_selection_run_are_not_deleted AFTER DELETE ON selection_runclip
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION rows_of_a_ready_run_stay();
CREATE TRIGGER the_classes_of_a_selection_run_stay_as_many AFTER INSERT ON selection_selectionclass
    REFERENCING NEW TABLE AS now_there
    FOR EACH STATEMENT EXECUTE FUNCTION no_rows_come_to_a_ready_run();
CREATE TRIGGER the_classes_of_a_selection_run_are_not_deleted
    AFTER DELETE ON selection_selectionclass
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION rows_of_a_ready_run_stay();

CREATE FUNCTION row_of_a_selection_run_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('the_rows_of_a_selection_run_stay', format('selection run %s', OLD.run_id));
    RETURN NULL;
END $$;

CREATE TRIGGER the_classes_of_a_selection_run_stay BEFORE UPDATE ON selection_selectionclass
    FOR EACH ROW EXECUTE FUNCTION row_of_a_selection_run_stays();

-- Of a clip's row only the batch is written later, and once.
CREATE TRIGGER the_clips_of_a_selection_run_stay BEFORE UPDATE ON selection_runclip
    FOR EACH ROW WHEN (
        (NEW.run_id, NEW.clip_id, NEW.position, NEW.confidence, NEW.folds, NEW.chosen)
        IS DISTINCT FROM
        (OLD.run_id, OLD.clip_id, OLD.position, OLD.confidence, OLD.folds, OLD.chosen)
        OR OLD.batch_id IS NOT NULL AND NEW.batch_id IS DISTINCT FROM OLD.batch_id
    ) EXECUTE FUNCTION row_of_a_selection_run_stays();

-- The clips of a run are of its corpus.
CREATE FUNCTION run_clips_are_of_its_corpus() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    clip bigint;
BEGIN
    SELECT n.clip_id INTO clip FROM now_there n
        JOIN selection_selectionrun r ON r.id = n.run_id
        JOIN collection_clip c ON c.id = n.clip_id
        WHERE c.corpus_id <> r.corpus_id LIMIT 1;
    IF clip IS NOT NULL THEN
        PERFORM refuse('a_run_selects_clips_of_its_corpus', format('clip %s', clip));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_run_selects_clips_of_its_corpus AFTER INSERT ON selection_runclip
    REFERENCING NEW TABLE AS now_there
    FOR EACH STATEMENT EXECUTE FUNCTION run_clips_are_of_its_corpus();

-- Clips come into a batch of their own run, which is ready.
CREATE FUNCTION clips_come_into_a_batch_of_their_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM selection_selectionbatch b JOIN selection_selectionrun r ON r.id = b.run_id
        WHERE b.id = NEW.batch_id AND b.run_id = NEW.run_id AND r.ready_at IS NOT NULL;
    IF NOT FOUND THEN
        PERFORM refuse('clips_come_into_a_batch_of_their_run', format('clip %s', NEW.clip_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER clips_come_into_a_batch_of_their_run
    AFTER INSERT OR UPDATE OF batch_id ON selection_runclip
    FOR EACH ROW WHEN (NEW.batch_id IS NOT NULL)
    EXECUTE FUNCTION clips_come_into_a_batch_of_their_run();

-- A batch is opened in its run's corpus, of a ready run, and stays.
CREATE FUNCTION batch_is_of_its_runs_corpus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM refuse('a_batch_stays', format('batch %s', OLD.id));
    END IF;
    PERFORM FROM selection_selectionrun r JOIN annotation_opening o ON o.corpus_id = r.corpus_id
        WHERE r.id = NEW.run_id AND o.id = NEW.opening_id AND r.ready_at IS NOT NULL;
    IF NOT FOUND THEN
        PERFORM refuse('a_batch_is_opened_in_its_runs_corpus', format('opening %s', NEW.opening_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_batch_is_opened_in_its_runs_corpus
    AFTER INSERT OR UPDATE ON selection_selectionbatch
    FOR EACH ROW EXECUTE FUNCTION batch_is_of_its_runs_corpus();

-- A run of which clips were opened stays for ever, but with its corpus.
CREATE FUNCTION opened_run_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT deleting_a_corpus() THEN
        PERFORM refuse('a_batch_stays', format('batch %s', OLD.id));
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER a_batch_stays BEFORE DELETE ON selection_selectionbatch
    FOR EACH ROW EXECUTE FUNCTION opened_run_stays();
