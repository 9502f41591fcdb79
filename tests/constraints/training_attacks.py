# ruff: noqa: E501
"""Attacks on feature sets, training runs, their results and predictions."""

from tests.constraints.attacks import on

SCENE = "trained"
OF_ITS_CORPUS = "a_runs_features_are_of_its_corpus_and_modality"


def feature_set(name: str = "'new'", origin: str = "'imported', ''", facts: str = "") -> str:
    """`facts` are dimension, rows, empty, recipe and digest of one that is ready."""
    columns = ", dimension, rows, empty, recipe, digest, ready_at" if facts else ", recipe, digest"
    return (
        "INSERT INTO training_featureset (corpus_id, name, modality, origin, extractor, model,"
        f" layers, pooling, file_name, created_at{columns})"
        f" VALUES (:corpus, {name}, 'acoustic', {origin}, '', '', '', '', now(), "
        + (f"{facts}, now())" if facts else "'', '')")
    )


def run(what: str) -> str:
    return f"UPDATE training_trainingrun SET {what} WHERE id = :run"


def uses(features: str, modality: str = "'lexical'", of: str = ":run") -> str:
    return (
        "INSERT INTO training_runfeature (run_id, modality, feature_set_id, digest)"
        f" VALUES ({of}, {modality}, {features}, 'd')"
    )


def result(hidden: int, best: str = "false") -> str:
    return (
        "INSERT INTO training_runresult (run_id, hidden_size, learning_rate, discrete,"
        " discrete_sd, combined, combined_sd, best)"
        f" VALUES (:run, {hidden}, 0.01, 1, 0, 1, 0, {best})"
    )


def prediction(facts: str) -> str:
    """`facts` are digest, rows and masked."""
    return (
        "INSERT INTO training_prediction (model_id, clips, missing, digest, rows, masked,"
        f" created_at, ready_at) VALUES (:model, 'all', 'refuse', {facts}, now(), now())"
    )


SETS = [
    *on(
        "feature_set_names_are_unique",
        "",
        ("a second feature set of a name", SCENE, feature_set("'tones'")),
    ),
    *on(
        "what_is_extracted_says_by_what",
        "",
        ("extracted by nothing", SCENE, feature_set(origin="'extracted', ''")),
        ("imported by an extractor", SCENE, feature_set(origin="'imported', 'hubert'")),
        ("from nowhere", SCENE, feature_set(origin="'found', ''")),
    ),
    *on(
        "a_ready_feature_set_has_rows_and_a_dimension",
        "",
        ("ready without a dimension", SCENE, feature_set(facts="NULL, 8, 0, 'r', 'd'")),
        ("ready with no dimension", SCENE, feature_set(facts="0, 8, 0, 'r', 'd'")),
        ("ready without rows", SCENE, feature_set(facts="3, NULL, 0, 'r', 'd'")),
        ("ready with no row", SCENE, feature_set(facts="3, 0, 0, 'r', 'd'")),
        ("more empty rows than rows", SCENE, feature_set(facts="3, 8, 9, 'r', 'd'")),
        ("nobody knows how many are empty", SCENE, feature_set(facts="3, 8, NULL, 'r', 'd'")),
        ("ready without a recipe", SCENE, feature_set(facts="3, 8, 0, '', 'd'")),
        ("ready without a digest", SCENE, feature_set(facts="3, 8, 0, 'r', ''")),
    ),
]  # fmt: skip

RUNS = [
    *on(
        "learning_rates_are_positive",
        "",
        ("no learning rate", SCENE, run("learning_rates = '{}'")),
        ("a learning rate of 0", SCENE, run("learning_rates = '{0.001, 0}'")),
        ("a negative learning rate", SCENE, run("learning_rates = '{-0.001}'")),
        ("a learning rate that is none", SCENE, run("learning_rates = '{0.001, NULL}'")),
        ("a learning rate that is no number", SCENE, run("learning_rates = '{NaN}'")),
        ("an endless learning rate", SCENE, run("learning_rates = '{Infinity}'")),
    ),
    *on(
        "hidden_sizes_are_positive",
        "",
        ("no hidden size", SCENE, run("hidden_sizes = '{}'")),
        ("a hidden size of 0", SCENE, run("hidden_sizes = '{128, 0}'")),
        ("a hidden size that is none", SCENE, run("hidden_sizes = '{NULL}'")),
    ),
    *on(
        "a_run_tells_two_classes_apart",
        "",
        ("no class", SCENE, run("classes = '{}'")),
        ("one class", SCENE, run("classes = '{anger}'")),
    ),
    *on(
        "a_run_has_folds_runs_epochs_and_batches",
        "",
        ("one fold", SCENE, run("folds = 1")),
        ("no run", SCENE, run("runs = 0")),
        ("no epoch", SCENE, run("epochs = 0")),
        ("batches of one clip", SCENE, run("batch_size = 1")),
    ),
    *on(
        "dropout_is_a_share_and_weight_decay_not_negative",
        "",
        ("a negative dropout", SCENE, run("dropout = -0.1")),
        ("everything is dropped", SCENE, run("dropout = 1")),
        ("a dropout that is no number", SCENE, run("dropout = 'NaN'")),
        ("a negative weight decay", SCENE, run("weight_decay = -1")),
    ),
    *on(
        "a_run_has_no_more_valences_than_clips",
        "",
        ("a valence more than clips", SCENE, run("clips_with_valence = clips + 1")),
    ),
]  # fmt: skip

USES = [
    *on(
        "a_run_has_one_feature_set_per_modality",
        "",
        ("a second acoustic feature set", SCENE, uses(":more_tones", "'acoustic'")),
    ),
    *on(
        OF_ITS_CORPUS,
        "a_runs_features_are_of_its_corpus_and_modality",
        ("lexical features as visual ones", SCENE, uses(":words", "'visual'")),
        ("another corpus's features", SCENE, uses(":others_words")),
        ("no features", SCENE, uses("0")),
        ("a use moves to features of another modality", SCENE, "UPDATE training_runfeature SET feature_set_id = :words WHERE run_id = :run"),
        ("a use calls itself another modality", SCENE, "UPDATE training_runfeature SET modality = 'visual' WHERE run_id = :run"),
        ("a use moves to a run of another corpus", SCENE, "UPDATE training_runfeature SET run_id = :others_run WHERE run_id = :run"),
    ),
    *on(
        OF_ITS_CORPUS,
        "a_used_feature_set_stays",
        ("used features become another modality's", SCENE, "UPDATE training_featureset SET modality = 'visual' WHERE id = :tones"),
        ("used features go to another corpus", SCENE, "UPDATE training_featureset SET corpus_id = :others WHERE id = :tones"),
    ),
    *on(
        OF_ITS_CORPUS,
        "a_run_with_features_stays",
        ("a run goes to another corpus", SCENE, run("corpus_id = :others")),
    ),
]  # fmt: skip

CAME_OF_IT = [
    *on(
        "a_point_of_the_grid_has_one_result",
        "",
        ("a second result of a point", SCENE, result(4)),
    ),
    *on(
        "one_point_of_the_grid_is_the_best",
        "",
        ("a second best point", SCENE, result(8, "true")),
    ),
    *on(
        "a_ready_prediction_has_rows",
        "",
        ("ready without a file", SCENE, prediction("'', 8, 0")),
        ("ready without rows", SCENE, prediction("'d', NULL, 0")),
        ("ready with no row", SCENE, prediction("'d', 0, 0")),
        ("more masked clips than clips", SCENE, prediction("'d', 8, 9")),
        ("nobody knows how many are masked", SCENE, prediction("'d', 8, NULL")),
    ),
]  # fmt: skip
