"""Training one fold: what it learns, that it repeats itself exactly, and what it keeps."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error

from baseline import fitting
from baseline.errors import Fault
from baseline.network import PAPER, RELEASED, build
from baseline.training_data import EpochRecord, Fitted, TrainingData
from tests.unit.baseline.fitting_data import data_of, halves, spec_of


def fitted(
    data: TrainingData, *, place: tuple[int, float, int, int] = (16, 1e-2, 1, 1), **settings: object
) -> tuple[Fitted, list[EpochRecord]]:
    hidden, learning_rate, run, fold = place
    train, validation = halves(data)
    told: list[EpochRecord] = []
    found = fitting.fit(
        data,
        spec=spec_of(data, **settings),
        hidden=hidden,
        learning_rate=learning_rate,
        run=run,
        fold=fold,
        train=train,
        validation=validation,
        on_epoch=told.append,
    )
    return found, told


def same(one: Fitted, other: Fitted) -> bool:
    return (
        one.combined == other.combined
        and np.array_equal(one.probabilities, other.probabilities)
        and np.array_equal(one.valence, other.valence)
        and one.state_dict.keys() == other.state_dict.keys()
        and all(
            torch.equal(one.state_dict[name], other.state_dict[name]) for name in one.state_dict
        )
    )


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
def test_an_easy_set_is_learned(variant):
    found, told = fitted(data_of(), epochs=30, variant=variant)
    assert found.accuracy > 0.95 and found.discrete > 0.95
    assert found.dimensional is not None and found.dimensional < 0.15
    assert told[-1].loss < 0.3 * told[0].loss


def test_labels_that_have_nothing_to_do_with_the_features_are_not_learned():
    data = data_of()
    random = np.random.default_rng(5)
    shuffled = dataclasses.replace(data, emotions=random.permutation(data.emotions))
    found, _ = fitted(shuffled, epochs=30)
    assert found.accuracy < 0.6  # of three classes, the best of thirty epochs


def test_one_modality_is_enough():
    data = data_of()
    alone = dataclasses.replace(
        data,
        features={"visual": data.features["visual"]},
        empty={"visual": np.zeros_like(data.empty["visual"])},
    )
    found, _ = fitted(alone, epochs=30)
    assert found.accuracy > 0.8


def test_the_same_training_gives_the_same_numbers_to_the_last_bit():
    first, told = fitted(data_of())
    torch.rand(7)  # whatever else has been drawn
    torch.set_num_threads(2)
    again, told_again = fitted(data_of())
    assert same(first, again) and told == told_again


def test_a_training_leaves_torch_as_it_was():
    torch.set_num_threads(3)
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    fitted(data_of(), epochs=1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == 3
    assert (torch.tensor(1e-310, dtype=torch.float64) / 2).item() != 0  # denormal


@pytest.mark.parametrize(
    "place", [(17, 1e-2, 1, 1), (16, 1.1e-2, 1, 1), (16, 1e-2, 2, 1), (16, 1e-2, 1, 2)]
)
def test_every_place_of_the_grid_draws_its_own_numbers(place):
    train, _ = halves(data_of())
    seeds = fitting.Seeds(1, 16, 1e-2, 1, 1), fitting.Seeds(1, *place)
    first, other = (next(fitting.shuffled(train, 32, seed("order"))) for seed in seeds)
    assert not torch.equal(first[0], other[0])
    assert seeds[0]("weights") != seeds[1]("weights")


def test_another_seed_gives_other_numbers():
    assert not same(fitted(data_of(), seed=1)[0], fitted(data_of(), seed=2)[0])


def test_each_epoch_sees_every_clip_once_in_another_order():
    clips = np.array([3, 5, 7, 11, 13, 17, 19])
    epochs = fitting.shuffled(clips, 3, seed=4)
    first, second = next(epochs), next(epochs)
    assert [len(batch) for batch in first] == [3, 3, 1]
    assert sorted(torch.cat(first).tolist()) == sorted(torch.cat(second).tolist()) == clips.tolist()
    assert torch.cat(first).tolist() != torch.cat(second).tolist()


def test_the_best_epoch_by_the_combined_metric_is_kept_with_its_own_weights():
    data = data_of(clear=0.2)
    found, told = fitted(data, epochs=30)
    _, validation = halves(data)
    assert [record.epoch for record in told] == list(range(1, 31))
    best = max(told, key=lambda record: record.combined)  # the first of equal ones
    assert 1 < best.epoch < 30  # else the test could not tell the best from the last
    assert (found.best_epoch, found.combined) == (best.epoch, best.combined)
    dimensions = {modality: matrix.shape[1] for modality, matrix in data.features.items()}
    network = build(PAPER, dimensions, data.classes, 16, 0.3)
    network.load_state_dict(found.state_dict)
    features = network.prepare(
        [torch.from_numpy(matrix[validation]) for matrix in data.features.values()],
        [torch.from_numpy(nothing[validation]) for nothing in data.empty.values()],
    )
    with torch.inference_mode():
        logits, valence = network.eval()(features)
    np.testing.assert_allclose(logits.softmax(1), found.probabilities, atol=1e-5)
    np.testing.assert_allclose(valence, found.valence, atol=1e-5)


def test_the_metrics_are_those_of_the_predictions_that_are_kept():
    data = data_of(clear=0.4)
    found, _ = fitted(data, epochs=4)
    _, validation = halves(data)
    truth, predicted = data.emotions[validation], found.probabilities.argmax(1)
    known = ~np.isnan(data.valences[validation])
    assert found.discrete == pytest.approx(f1_score(truth, predicted, average="weighted"))
    assert found.accuracy == pytest.approx(accuracy_score(truth, predicted))
    mse = mean_squared_error(data.valences[validation][known], found.valence[known])
    assert found.dimensional == pytest.approx(mse)
    assert found.combined == pytest.approx(found.discrete - 0.25 * mse)


def test_without_any_valence_the_emotions_are_learned_all_the_same():
    data = data_of()
    without = dataclasses.replace(data, valences=np.full_like(data.valences, np.nan))
    found, _ = fitted(without, epochs=20)
    assert found.dimensional is None and found.combined == found.discrete > 0.95


def test_a_last_batch_of_one_clip_is_trained_on():
    data = data_of()
    train, _ = halves(data)
    found, _ = fitted(data, batch_size=len(train) - 1)
    assert np.isfinite(found.probabilities).all()


def test_a_loss_that_is_no_number_is_told_with_the_learning_rate():
    data = data_of()
    data.features["visual"][:] *= 1e30
    with pytest.raises(Fault) as fault:
        fitted(data, standardise=False)
    assert fault.value.code == "training_diverged"
    assert fault.value.params == {"hidden": 16, "learning_rate": "0.01", "epoch": 1}


def test_a_last_step_too_far_is_told_before_the_epoch_is():
    data = data_of()
    train, validation = halves(data)
    heard: list[object] = []
    with pytest.raises(Fault) as fault:
        fitting.fit(
            data,
            spec=spec_of(data, batch_size=len(train), epochs=1),
            hidden=16,
            learning_rate=1e30,
            run=1,
            fold=1,
            train=train,
            validation=validation,
            on_epoch=heard.append,
        )
    assert fault.value.code == "training_diverged"
    assert heard == []


def test_nothing_of_the_validation_is_known_to_what_standardises():
    data = data_of()
    train, validation = halves(data)
    first, _ = fitted(data, epochs=1)
    for matrix in data.features.values():
        matrix[validation] += 100
    second, _ = fitted(data, epochs=1)
    for name, tensor in first.state_dict.items():
        assert torch.equal(tensor, second.state_dict[name])
    there = data.features["visual"][train][~data.empty["visual"][train]]
    mean = first.state_dict["prepare.mean_visual"]
    np.testing.assert_allclose(mean, there.mean(0), rtol=1e-5)


def test_a_training_can_be_stopped_by_whom_it_tells():
    class Enough(Exception):
        pass

    def stop(record: EpochRecord) -> None:
        raise Enough

    data = data_of()
    train, validation = halves(data)
    with pytest.raises(Enough):
        fitting.fit(
            data,
            spec=spec_of(data),
            hidden=4,
            learning_rate=1e-3,
            run=1,
            fold=1,
            train=train,
            validation=validation,
            on_epoch=stop,
        )


def test_dropout_draws_anew_in_every_epoch():
    place = (16, 1e-12, 1, 1)  # so that nothing is learned
    data = data_of()
    data.valences[:] = np.nan  # a mean over batches of a few valences depends on the order
    _, dropped = fitted(data, place=place, epochs=4, dropout=0.5)
    _, whole = fitted(data, place=place, epochs=4, dropout=0.0)
    assert np.ptp([record.loss for record in whole]) < 1e-5
    losses = sorted(record.loss for record in dropped)
    assert min(np.diff(losses)) > 1e-4


def test_of_equally_good_epochs_the_first_is_kept():
    data = data_of()
    _, validation = halves(data)
    best = fitting.Best(data, validation, lambda record: None)
    logits, valence = torch.randn(len(validation), 3), torch.zeros(len(validation))
    best.see(1, 0.5, logits, valence, lambda: {"bias": torch.ones(1)})
    best.see(2, 0.4, logits, valence, lambda: {"bias": torch.zeros(1)})
    assert best.fitted().best_epoch == best.fitted().state_dict["bias"] == 1
