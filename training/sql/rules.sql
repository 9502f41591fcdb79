-- What a CheckConstraint cannot say: rules about the lists of a run and about two tables.

ALTER TABLE training_trainingrun
    ADD CONSTRAINT learning_rates_are_positive
        CHECK (
            cardinality(learning_rates) > 0
            AND (0 < ALL (learning_rates) AND 'Infinity' > ALL (learning_rates)) IS TRUE
        ),  -- IS TRUE: a NULL among them is no learning rate
    ADD CONSTRAINT hidden_sizes_are_positive
        CHECK (cardinality(hidden_sizes) > 0 AND (0 < ALL (hidden_sizes)) IS TRUE),
    ADD CONSTRAINT a_run_tells_two_classes_apart
        CHECK (cardinality(classes) >= 2);

-- A run's feature set is of its corpus and of the modality it stands for.
CREATE FUNCTION training_feature_of_the_runs_corpus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1
        FROM training_featureset AS features
        JOIN training_trainingrun AS run ON run.corpus_id = features.corpus_id
        WHERE features.id = NEW.feature_set_id
            AND features.modality = NEW.modality
            AND run.id = NEW.run_id
    ) THEN
        RAISE EXCEPTION 'feature set % is not of the run''s corpus and modality', NEW.feature_set_id
            USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = 'a_runs_features_are_of_its_corpus_and_modality';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_runs_features_are_of_its_corpus_and_modality
    BEFORE INSERT OR UPDATE ON training_runfeature
    FOR EACH ROW EXECUTE FUNCTION training_feature_of_the_runs_corpus();

-- And neither the feature set nor the run moves away from the other.
CREATE FUNCTION training_used_features_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM training_runfeature AS used
        WHERE (TG_TABLE_NAME = 'training_featureset' AND used.feature_set_id = OLD.id)
            OR (TG_TABLE_NAME = 'training_trainingrun' AND used.run_id = OLD.id)
    ) THEN
        RAISE EXCEPTION '% % is of its corpus and modality for ever', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = 'a_runs_features_are_of_its_corpus_and_modality';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_used_feature_set_stays
    BEFORE UPDATE OF corpus_id, modality ON training_featureset
    FOR EACH ROW WHEN ((OLD.corpus_id, OLD.modality) IS DISTINCT FROM (NEW.corpus_id, NEW.modality))
    EXECUTE FUNCTION training_used_features_stay();

CREATE TRIGGER a_run_with_features_stays
    BEFORE UPDATE OF corpus_id ON training_trainingrun
    FOR EACH ROW WHEN (OLD.corpus_id IS DISTINCT FROM NEW.corpus_id)
    EXECUTE FUNCTION training_used_features_stay();
