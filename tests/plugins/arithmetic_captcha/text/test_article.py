"""The article's networks: their weights, recipes, learning, decoding and export."""

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import TEXT, decode
from kit_plugins.arithmetic_captcha.synthetic import drawing
from kit_plugins.arithmetic_captcha.text import inputs, recipes
from kit_plugins.arithmetic_captcha.text.grammar import CHARACTERS

from kit.contract.settings import configure
from kit.training.schedule import learning_rate

paddle = pytest.importorskip("paddle")
from kit_plugins.arithmetic_captcha.text import model_article as article  # noqa: E402  after Paddle was found

STEPS = {"article_cnn": (4, 36), "article_crnn": (15, 37)}


def built(name):
    paddle.seed(0)
    return TEXT.model(name)[1].build(configure(TEXT, {"model": name}))


def batch(count):
    rng = np.random.default_rng(0)
    drawn = [CHARACTERS.random_text(rng) for _ in range(count)]
    x = np.stack([inputs.coloured(drawing.draw(text, drawing.TEXT, rng)) for text in drawn])
    return paddle.to_tensor(x), paddle.to_tensor(np.stack([CHARACTERS.encode(text) for text in drawn])), drawn


def weights(layer):
    return sum(int(np.prod(parameter.shape)) for parameter in layer.parameters() if not parameter.stop_gradient)


def test_the_cnn_has_the_articles_number_of_weights():
    assert weights(built("article_cnn")) == 1_393_584


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_training_lowers_the_loss_and_the_prediction_decodes(name):
    layer, (x, y, _) = built(name), batch(2)
    optimizer = paddle.optimizer.SGD(1e-2, parameters=layer.parameters())
    for part in layer.sublayers():
        if isinstance(part, paddle.nn.Dropout):
            part.p = 0.0
    losses = []
    for _ in range(2):
        loss = TEXT.objective.loss(layer(x), y, TEXT.config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[1] < losses[0]
    layer.eval()
    values = TEXT.objective.activation(layer(x)).numpy()
    assert values.shape == (2, *STEPS[name])
    assert np.exp(values).sum(axis=2) == pytest.approx(1, abs=1e-5)
    assert all(CHARACTERS.matches(text) for text in decode.decode(list(values), CHARACTERS))


def test_the_example_of_an_articles_model_is_the_image_in_colour(tmp_path):
    TEXT.sample(tmp_path, 1, 0)
    [sample] = TEXT.reader(tmp_path, "train")
    shapes = {name: TEXT.example(sample, None, configure(TEXT, {"model": name}))[0].shape for name in TEXT.models}
    own = (1, 48, 96)
    colour = (3, 80, 170)
    assert shapes == {"crnn": own, "pointing": own, "heads": own, "article_cnn": colour, "article_crnn": colour}


def test_the_backward_half_of_a_step_belongs_to_the_steps_own_column():
    """Read from right to left, the first column comes last. In the article it changes the half of the *last* step."""
    layer = built("article_crnn")
    layer.eval()
    features = np.zeros((1, 17, article.UNITS), np.float32)
    features[0, 0] = 3.0  # only the first column differs
    states, plain = (layer.added(paddle.to_tensor(x))[0].numpy() for x in (features, 0 * features))
    changed = np.abs(states - plain)[0]  # (T, 256)
    forwards, backwards = changed[:, : article.UNITS].max(axis=1), changed[:, article.UNITS :].max(axis=1)
    assert (forwards > 0).all()
    assert backwards[0] > 0
    assert (backwards[1:] == 0).all()


def test_the_crnns_rate_falls_to_a_tenth_and_the_other_models_keep_one_cycle():
    config = configure(TEXT, {"model": "article_crnn"})
    rates = [learning_rate(epoch, TEXT, config, []) for epoch in (0, 19.9, 20, 40)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4])
    assert {name: configure(TEXT, {"model": name}).schedule for name in TEXT.models} == {
        "crnn": "one_cycle",
        "pointing": "one_cycle",
        "heads": "one_cycle",
        "article_cnn": "constant",
        "article_crnn": "task",
    }
    assert configure(TEXT, {"model": "article_cnn"}).optimizer == recipes.CNN["optimizer"] == "adadelta"


@pytest.mark.parametrize("name", STEPS)
def test_an_articles_model_exports_and_predicts_the_same(name):
    from kit.prediction import engines, inference, measured

    whole, (x, _, _) = engines.activated(TEXT, built(name)), batch(2)
    found, reason = inference.exported(whole, (x.numpy(),), measured.order(whole))  # compared with eager mode
    assert found, reason


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_an_articles_model_learns_a_batch_by_heart(name):
    layer, (x, y, drawn) = built(name), batch(4)
    optimizer = paddle.optimizer.Adam(1e-3, parameters=layer.parameters())
    losses = []
    for _ in range(50):
        loss = TEXT.objective.loss(layer(x), y, TEXT.config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.1 * losses[0]
    assert decode.decode(list(TEXT.objective.activation(layer(x)).numpy()), CHARACTERS) == drawn
