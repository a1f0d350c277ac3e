from dataclasses import replace
from pathlib import Path

import numpy as np
import paddle
import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.baseline import Thumbnails, baseline
from kit_plugins.eye_disease.inputs import example
from kit_plugins.eye_disease.model import explain
from kit_plugins.eye_disease.reader import read

from kit import KitError
from kit.models.estimators import load_estimator, save_estimator

CONFIG = TASK.config


def built(name: str, **changes: object) -> paddle.nn.Layer:
    paddle.seed(0)
    _, model = TASK.model(name)
    return model.build(replace(CONFIG, **{**model.settings, **changes}))


SLOW = [
    pytest.param(name, marks=pytest.mark.slow) for name in ("lenet", "alexnet", "course_alexnet", "googlenet", "resnet")
]


@pytest.mark.parametrize("name", ["residual", *SLOW])
def test_a_network_gives_one_logit_a_photograph_and_learns_from_it(name):
    layer = built(name)
    side = TASK.model(name)[1].settings.get("image_size", CONFIG.image_size)
    logits = layer(paddle.randn([2, 3, side, side]))
    assert logits.shape == [2, 1]
    logits.sum().backward()
    still = [key for key, weight in layer.named_parameters() if weight.trainable and weight.grad is None]
    assert still == []


@pytest.mark.slow
def test_vgg_gives_one_logit_a_photograph():
    assert built("vgg").eval()(paddle.randn([1, 3, 224, 224])).shape == [1, 1]


@pytest.mark.slow
def test_the_course_s_networks_have_the_course_s_sizes():
    def weights(name: str) -> int:
        return sum(int(np.prod(weight.shape)) for weight in built(name).parameters())

    assert weights("lenet") == 456 + 2416 + 30840 + 300000 * 64 + 64 + 65
    assert weights("alexnet") == 57_007_937
    assert weights("course_alexnet") == 71_916_929
    assert 5.5e6 < weights("googlenet") < 6.5e6
    assert 23.4e6 < weights("resnet") < 23.7e6


def test_networks_of_paddle_keep_its_layer_names_so_that_trained_weights_fit():
    assert "layer4.2.conv3.weight" in built("resnet").state_dict()
    assert "_conv1._conv.weight" in built("alexnet").state_dict()


@pytest.mark.parametrize("name", ["lenet", "alexnet"])
def test_a_model_with_fixed_dense_layers_refuses_another_size(name):
    with pytest.raises(KitError, match=r"(?s)one image size.*--set image_size=224"):
        built(name, image_size=128)


def test_the_default_takes_other_sizes_and_widths():
    assert built("residual", image_size=96, width=8)(paddle.randn([2, 3, 96, 96])).shape == [2, 1]


@pytest.mark.parametrize("name", ["residual", "googlenet", pytest.param("resnet", marks=pytest.mark.slow)])
def test_activation_maps_average_to_the_logit_less_its_bias(name):
    layer = built(name)
    batch = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
    maps = explain(layer, batch)
    assert maps.ndim == 3 and len(maps) == 2
    head = layer.fc if name == "resnet" else layer.head
    with paddle.no_grad():
        logits = layer(paddle.to_tensor(batch)).numpy()[:, 0]
    assert np.allclose(maps.mean(axis=(1, 2)) + head.bias.item(), logits, rtol=1e-3, atol=1e-3 * np.abs(maps).max())


def test_a_network_without_global_pooling_is_explained_by_its_gradient():
    batch = np.random.default_rng(0).normal(size=(1, 3, 224, 224)).astype(np.float32)
    with paddle.no_grad():  # as the kit calls it
        maps = explain(built("lenet"), batch)
    assert maps.shape == (1, 28, 28) and (maps >= 0).all() and maps.max() > 0


def test_the_layer_does_not_keep_the_hook_that_explained_it():
    layer = built("residual")
    batch = np.zeros((1, 3, 64, 64), np.float32)
    assert np.array_equal(explain(layer, batch), explain(layer, batch))
    assert not layer.blocks._forward_post_hooks


def test_a_few_steps_tell_synthetic_pathology_from_health(eyes):
    config = replace(CONFIG, augment=False, image_size=64, drop=0.0)
    pairs = [example(sample, None, config) for sample in read(eyes, "train")]
    x, y = paddle.to_tensor(np.stack([pair[0] for pair in pairs])), paddle.to_tensor(np.stack([p[1] for p in pairs]))
    layer = built("residual", drop=0.0)
    optimizer = paddle.optimizer.AdamW(3e-3, parameters=layer.parameters())
    losses = []
    for _ in range(12):
        loss = paddle.nn.functional.binary_cross_entropy_with_logits(layer(x)[:, 0], y)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]


# The baseline


def test_thumbnails_average_equal_cells():
    batch = np.random.default_rng(0).random((2, 3, 16, 24), np.float32)
    cells = batch.reshape(2, 3, 8, 2, 8, 3).mean(axis=(3, 5))
    assert np.allclose(Thumbnails().fit(batch).transform(batch), cells.reshape(2, -1), atol=1e-6)


def test_the_fitted_baseline_is_kept_without_pickle_and_predicts_the_same(eyes, tmp_path: Path):
    config = replace(CONFIG, **TASK.model("baseline")[1].settings)
    pairs = [example(sample, None, config) for sample in read(eyes, "train")]
    x, y = np.stack([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    model = baseline(config).fit(x, y)
    save_estimator(model, baseline(config), tmp_path / "model.skops")
    loaded = load_estimator(baseline(config), tmp_path / "model.skops")
    assert np.array_equal(loaded.predict_proba(x), model.predict_proba(x))
    assert model.predict_proba(x).shape == (24, 2)


def test_views_mirror_the_photograph():
    batch = np.random.default_rng(0).random((2, 3, 4, 5), np.float32)
    views = {view.name: view.apply(batch) for view in TASK.views}
    assert np.array_equal(views["left to right"], batch[:, :, :, ::-1])
    assert np.array_equal(views["upside down"], batch[:, :, ::-1])
    assert np.array_equal(views["turned by 180 degrees"], np.rot90(batch, 2, (2, 3)))
