from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import as_table, default_input, shape_of, stack
from kit.data.loader import Loader
from kit.data.reading import plain_items
from kit.errors import SampleError

pandas = pytest.importorskip("pandas")


def read(task: Task, inputs: list[Any], workers: int = 0) -> Any:
    samples = [Sample(f"s{i}", x, 0) for i, x in enumerate(inputs)]
    with Loader(task, samples, TrainConfig(workers=workers)) as loader:
        return next(loader.batches(plain_items(range(len(samples))), len(samples))).x


@pytest.mark.parametrize("workers", [0, 1])
def test_several_inputs_are_stacked_each(toy: Task, workers: int) -> None:
    batch = read(
        toy, [{"image": np.full((2, 3), i), "text": "a" * i, "pair": (np.ones(1), i)} for i in (1, 2)], workers
    )
    assert batch["image"].shape == (2, 2, 3)
    assert batch["image"].dtype == np.float32
    assert batch["text"].tolist() == ["a", "aa"]
    assert batch["pair"][0].shape == (2, 1)


def test_texts_of_any_length_are_inputs(toy: Task) -> None:
    texts = ["a" * 256, "b" * 100_000, "with \0 inside", ""]
    assert read(toy, texts).tolist() == texts


def test_rows_of_a_table_keep_the_types_of_their_columns(toy: Task) -> None:
    table = pandas.DataFrame({"age": [1, 2], "kind": pandas.Categorical(["a", "b"]), "price": [0.5, None]})
    whole = read(toy, [table.iloc[[i]] for i in range(2)])
    pandas.testing.assert_frame_equal(whole, table)
    rows = read(toy, [table.iloc[i] for i in range(2)])
    assert rows["age"].tolist() == [1, 2]
    assert rows["kind"].tolist() == ["a", "b"]


def test_a_dictionary_of_single_values_is_a_row_of_a_table_for_estimators(toy: Task) -> None:
    table = as_table(read(toy, [{"age": 3, "city": "Ulm"}, {"age": None, "city": None}]))
    assert list(table.columns) == ["age", "city"]
    assert table["age"].iloc[0] == 3
    assert np.isnan(table["age"].iloc[1])
    batch = {"image": np.ones((2, 3)), "age": np.ones(2)}
    assert as_table(batch) is batch


def test_inputs_of_another_shape_or_name_are_refused(toy: Task) -> None:
    for first, second in [
        ({"a": np.ones(2)}, {"a": np.ones(3)}),
        ({"a": np.ones(2)}, {"b": np.ones(2)}),
        ((np.ones(2), np.ones(2)), (np.ones(2), np.ones(1))),
    ]:
        with pytest.raises(SampleError, match="differ in shape"):
            read(toy, [first, second])


def test_the_default_input_is_float32_and_a_tuple_of_numbers_is_one_array() -> None:
    assert default_input((1, 2)).dtype == np.float32
    assert shape_of(default_input([[1, 2]])) == (1, 2)
    assert stack([1.0, 2.0]).tolist() == [1.0, 2.0]
