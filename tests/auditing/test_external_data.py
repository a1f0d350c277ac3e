"""Pretrained weights where the contest forbids external data."""

from __future__ import annotations

import dataclasses

from kit import Model
from kit.auditing import audit


def test_pretrained_weights_are_a_warning_where_the_contest_forbids_external_data(toy, toy_folder):
    models = {"big": Model(toy.models["small"], pretrained=("efficientnet_lite0",)), "small": toy.models["small"]}
    strict = dataclasses.replace(toy, models=models, external_data=False)
    [finding] = [each for each in audit(strict, toy_folder) if each.kind == "external data"]
    assert finding.level == "warning" and "efficientnet_lite0" in finding.message and "--model small" in finding.remedy
    free = dataclasses.replace(strict.config, model="small")
    for task, config in ((strict, free), (dataclasses.replace(strict, external_data=True), None)):
        assert not [each for each in audit(task, toy_folder, config) if each.kind == "external data"]


def test_further_samples_are_a_warning_where_the_contest_forbids_external_data(toy, toy_folder):
    strict, config = dataclasses.replace(toy, external_data=False), dataclasses.replace(toy.config, extra="elsewhere")
    [finding] = [each for each in audit(strict, toy_folder, config) if each.kind == "external data"]
    assert (finding.level, finding.where, finding.remedy) == ("warning", "elsewhere", "leave out --extra")
    assert not [each for each in audit(toy, toy_folder, config) if each.kind == "external data"]


def test_a_run_card_names_the_weights_that_the_model_builds_on(toy, toy_folder):
    from kit.data.contest import ContestData
    from kit.runs.card import make_card

    models = {"big": Model(toy.models["small"], pretrained=("efficientnet_lite0",)), "small": toy.models["small"]}
    task = dataclasses.replace(toy, models=models)
    with ContestData(task, toy_folder, dataclasses.replace(task.config, model="big")) as contest:
        [weights] = make_card(contest).weights
    assert (weights.name, weights.licence, len(weights.sha256)) == ("efficientnet_lite0", "Apache-2.0", 64)
