"""The networks: shapes, losses that agree with independent sums, and learning."""

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT, ctc, decode
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.round1.inputs import network_input
from kit_plugins.arithmetic_captcha.synthetic import drawing
from kit_plugins.arithmetic_captcha.text.grammar import CHARACTERS
from kit_plugins.arithmetic_captcha.text.inputs import network_input as text_input

paddle = pytest.importorskip("paddle")
from kit_plugins.arithmetic_captcha import model  # noqa: E402  after Paddle was found

STEPS = {"pointing": None, "heads": None, "crnn": 24}


def batch(texts, look, count=8):
    rng = np.random.default_rng(0)
    drawn = [texts.random_text(rng) for _ in range(count)]
    seen = text_input if texts is CHARACTERS else network_input
    x = np.stack([seen(drawing.draw(text, look, rng)) for text in drawn])
    return paddle.to_tensor(x), paddle.to_tensor(np.stack([texts.encode(text) for text in drawn])), drawn


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    ("task", "texts", "look"),
    [(ARITHMETIC, EXPRESSIONS, drawing.ROUND_1), (TEXT, CHARACTERS, drawing.TEXT)],
    ids=["arithmetic", "text"],
)
def test_every_model_predicts_log_probabilities_that_decode_to_valid_texts(name, task, texts, look):
    layer = task.model(name)[1].build(task.config)
    layer.eval()
    x, y, _ = batch(texts, look, 3)
    outputs = layer(x)
    values = task.objective.activation(outputs).numpy()
    assert values.shape == (3, STEPS[name] or texts.length, len(texts.charset) + 1)
    assert np.exp(values).sum(axis=2) == pytest.approx(1, abs=1e-5)
    assert all(texts.matches(text) for text in decode.decode(list(values), texts))
    assert np.isfinite(float(task.objective.loss(outputs, y, task.config)))


def test_the_ctc_loss_is_the_likelihood_that_the_decoder_sums():
    logits = np.random.default_rng(0).normal(size=(4, 24, 16)).astype(np.float32)
    texts = ["7+3*0", "(4*8)+8", "1-1-1", "5+(5+2)"]
    y = paddle.to_tensor(np.stack([EXPRESSIONS.encode(text) for text in texts]))
    found = float(model.loss(paddle.to_tensor(logits), y, ARITHMETIC.config))
    scores = model.activation(paddle.to_tensor(logits)).numpy().astype(np.float64)
    each = [
        -ctc.log_likelihood(scores[i : i + 1], EXPRESSIONS.encode(text)[None, : len(text)], 15)[0] / len(text)
        for i, text in enumerate(texts)
    ]
    assert found == pytest.approx(np.mean(each), rel=1e-4)


def test_the_default_model_learns_a_batch_by_heart():
    paddle.seed(0)
    layer = ARITHMETIC.model()[1].build(ARITHMETIC.config)
    x, y, drawn = batch(EXPRESSIONS, drawing.ROUND_1)
    optimizer = paddle.optimizer.AdamW(3e-3, parameters=layer.parameters())
    losses = []
    for _ in range(40):
        loss = model.loss(layer(x), y, ARITHMETIC.config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.1 * losses[0]
    assert decode.decode(list(model.activation(layer(x)).numpy()), EXPRESSIONS) == drawn
