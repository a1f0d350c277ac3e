"""A pretrained backbone with a linear head: fitted on features, or fine-tuned."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from kit.device import paddle
from kit.models.backbone import ConvNorm, EfficientNetLite, efficientnet_lite, keep_statistics
from kit.models.feature_cache import FeatureCache
from kit.models.linear_head import fit_linear_head
from kit.models.pretrained import is_available
from kit.models.transfer import TransferNetwork, fit_head
from kit.prediction.saved_network import eager
from tests.prediction.exports import in_every_engine


@pytest.fixture(scope="module")
def backbone() -> EfficientNetLite:
    paddle.seed(0)
    network = efficientnet_lite(0, pretrained=False)
    network.eval()
    return network


@pytest.mark.parametrize("side", [33, 64, 70])
def test_images_of_any_side_give_maps_of_a_thirty_second(backbone, side):
    maps = backbone(paddle.zeros([1, 3, side, side]))
    assert maps.shape == [1, 1280, -(-side // 32), -(-side // 32)]


def test_the_published_weights_tell_cats_from_dogs_by_imagenet_classes():
    if not is_available("efficientnet_lite0"):
        pytest.skip("the extra 'pretrained' is not installed")
    from kit.models.pretrained import load_arrays

    network = efficientnet_lite(0)
    own = set(network.state_dict())
    assert {name for name, _ in network._published_names()} == own
    arrays = load_arrays("efficientnet_lite0")
    used = {published for _, published in network._published_names()}
    assert set(arrays) - used == {name for name in arrays if "num_batches" in name or name.startswith("_fc")}


def test_an_exported_transfer_network_predicts_what_eager_mode_does(backbone):
    network = TransferNetwork([backbone], 2)
    images = np.random.default_rng(0).random((3, 3, 64, 64), np.float32)
    for exported in in_every_engine(network, images).values():
        np.testing.assert_allclose(exported(images), eager(network, (images,)), atol=1e-4)


@pytest.mark.parametrize("groups", [1, 8])
def test_folding_the_normalisation_changes_neither_outputs_nor_gradients(groups):
    paddle.seed(0)
    layer = ConvNorm(8, 16, 3, 2, groups=groups)
    layer(paddle.randn([4, 8, 9, 9]))  # statistics other than 0 and 1
    keep_statistics([layer])
    x = paddle.randn([2, 8, 9, 9])
    results = []
    for forward in (layer.forward, super(ConvNorm, layer).forward):
        y = forward(x)
        (y**2).sum().backward()
        gradients = [p.grad.numpy() for p in layer.parameters() if not p.stop_gradient]
        results.append([y.numpy(), *gradients])
        layer.clear_gradients()
    for folded, apart in zip(*results, strict=True):
        np.testing.assert_allclose(folded, apart, rtol=1e-4, atol=1e-4)


def test_frozen_stages_keep_their_weights_and_batch_norm_its_statistics():
    paddle.seed(0)
    network = TransferNetwork([efficientnet_lite(0, pretrained=False)], 2)
    network.freeze(2, 0.5)
    trained = {p.name for p in network.parameters() if not p.stop_gradient}
    assert {p.name for p in network.head.parameters()} < trained
    first, last = network.backbones[0].stages[0], network.backbones[0].stages[-1]
    assert not {p.name for p in first.parameters()} & trained
    assert {p.name for p in last.parameters()} < trained
    rates = [stage.parameters()[0].optimize_attr["learning_rate"] for stage in network.backbones[0].stages]
    assert rates[-1] == 0.5 and rates[-2] == 0.25
    before = last[1]._mean.numpy().copy()
    network.train()
    network(paddle.rand([2, 3, 32, 32]))
    np.testing.assert_array_equal(last[1]._mean.numpy(), before)


def test_batch_norm_keeps_its_statistics_inside_another_network_too(backbone):
    from kit.models.segmentation import EncoderUNet

    for network, image in ((TransferNetwork([backbone], 2), 32), (EncoderUNet(backbone), 48)):
        whole = paddle.nn.Sequential(network)
        whole.train()
        before = backbone.stages[0][1]._mean.numpy().copy()
        whole(paddle.rand([2, 3, image, image]))
        np.testing.assert_array_equal(backbone.stages[0][1]._mean.numpy(), before)


def two_classes(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two views of features (N, 2, 6) whose first one carries the label, on another scale and offset."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    features = rng.normal(3, 50, (count, 2, 6))
    features[:, :, 0] = labels[:, None] + rng.normal(0, 0.3, (count, 2))
    return features.astype(np.float32), labels


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_a_linear_head_gives_the_logits_of_the_regression_on_raw_features(outputs):
    features, labels = two_classes(200)
    head = fit_linear_head(features, labels, [None] * 200, outputs=outputs)
    logits = features[:, 0] @ head.weight + head.bias
    guesses = (logits[:, 0] > 0).astype(int) if outputs == 1 else logits.argmax(axis=1)
    assert (guesses == labels).mean() > 0.9
    if outputs == 2:
        one = fit_linear_head(features, labels, [None] * 200, outputs=1)
        np.testing.assert_allclose(
            logits[:, 1] - logits[:, 0], (features[:, 0] @ one.weight + one.bias)[:, 0], atol=1e-4
        )


def test_several_classes_are_told_apart_in_their_own_outputs():
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 2, 3], 300)
    features = (np.eye(4)[labels] + rng.normal(0, 0.2, (300, 4)))[:, None].astype(np.float32)
    head = fit_linear_head(features, labels, [None] * 300, outputs=4)
    assert ((features[:, 0] @ head.weight + head.bias).argmax(axis=1) == labels).mean() > 0.95


def test_the_regularisation_is_chosen_with_groups_kept_together():
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.integers(0, 2, 30), 8)
    groups = [str(number) for number in np.repeat(np.arange(30), 8)]
    identity = np.repeat(rng.normal(0, 1, (30, 40)), 8, axis=0)[:, None].astype(np.float32)
    grouped = fit_linear_head(identity, labels, groups, outputs=1)
    leaking = fit_linear_head(identity, labels, [None] * len(labels), outputs=1)
    assert leaking.loss < 0.3 < grouped.loss


def test_fitting_the_head_uses_every_image_once_and_learns(backbone):
    rng = np.random.default_rng(0)
    labels = np.array([0, 1] * 8)
    images = rng.random((16, 3, 32, 32), np.float32) * 0.2
    images[labels == 1] += 0.7
    network = TransferNetwork([backbone], 1)
    batches = [SimpleNamespace(x=images[i : i + 5], y=labels[i : i + 5]) for i in range(0, 16, 5)]
    fit_head(network, batches, [None] * 16, SimpleNamespace(augment=True, seed=0))
    network.eval()
    guesses = network(paddle.to_tensor(images)).numpy()[:, 0] > 0
    assert (guesses == labels).all()


def test_features_are_computed_once_and_read_back_by_content(backbone):
    calls: list[int] = []

    def compute(images: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return images.reshape(len(images), -1)[:, :5].copy()

    images = np.random.default_rng(0).random((3, 3, 8, 8), np.float32)
    first = FeatureCache([backbone, 1], compute)
    found = first.features(images)
    first.save()
    again = FeatureCache([backbone, 1], compute)
    np.testing.assert_array_equal(again.features(images[::-1]), found[::-1])
    assert calls == [32]


def test_a_damaged_feature_file_is_computed_again(backbone, tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path))
    images = np.random.default_rng(1).random((2, 3, 8, 8), np.float32)
    cache = FeatureCache([backbone, 1], lambda batch: batch.reshape(len(batch), -1)[:, :5].copy())
    found = cache.features(images)
    cache.save()
    [file] = (tmp_path / "features").rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-7])
    again = FeatureCache([backbone, 1], lambda batch: batch.reshape(len(batch), -1)[:, :5].copy())
    np.testing.assert_array_equal(again.features(images), found)


def test_several_backbones_see_the_image_at_their_own_scales_and_share_the_activation_map():
    paddle.seed(0)
    network = TransferNetwork(
        [efficientnet_lite(v, pretrained=False) for v in (0, 2)], 2, input_mean=0.5, input_std=0.2
    )
    network.eval()
    inputs = paddle.rand([1, 3, 65, 65])
    assert [tuple(maps.shape) for maps in network.maps(inputs)] == [(1, 1280, 2, 2), (1, 1280, 3, 3)]
    assert network.features(inputs).shape == [1, 2560]
    maps = network.activation_maps(inputs, 1)
    assert maps.shape == [1, 3, 3]


def test_a_segmentation_network_gives_logits_at_half_the_size_and_exports(backbone):
    from kit.models.segmentation import EncoderUNet

    paddle.seed(0)
    network = EncoderUNet(backbone, input_mean=0.5, input_std=0.5)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 3, 48, 80)).astype(np.float32)
    for exported in in_every_engine(network, images).values():
        found = exported(images)
        assert found.shape == (2, 24, 40)
        np.testing.assert_allclose(found, eager(network, (images,)), atol=1e-4)


def test_the_encoder_learns_more_slowly_than_the_decoder(backbone):
    from kit.models.segmentation import EncoderUNet

    network = EncoderUNet(backbone)
    network.set_learning_rates(0.5)
    rates = [stage.parameters()[0].optimize_attr["learning_rate"] for stage in network.stages]
    assert rates == [0.5**distance for distance in (6, 5, 4, 3, 2, 1)]
    assert network.decoder[0][0].weight.optimize_attr["learning_rate"] == 1.0


def test_public_names_are_classes_functions_and_lists_of_trusted_classes():
    import kit.models

    for name in kit.models.__all__:
        found = getattr(kit.models, name)
        assert callable(found) or (name.isupper() and isinstance(found, tuple)), name


@pytest.mark.slow
def test_a_network_of_several_backbones_exports():
    paddle.seed(0)
    network = TransferNetwork([efficientnet_lite(variant, pretrained=False) for variant in (0, 1, 2)], 2)
    images = np.random.default_rng(0).random((2, 3, 65, 65), np.float32)
    for exported in in_every_engine(network, images).values():
        np.testing.assert_allclose(exported(images), eager(network, (images,)), atol=1e-3)
