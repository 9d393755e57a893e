"""Published effects beside ours: intervals, verdicts, margins, hashes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pytest
from innervate.app.validation import parameters
from innervate.app.validation.effect import Effect, Settings, correlation, less, mean, percent_more, ratio
from innervate.app.validation.effects import ALL, chosen, measures
from innervate.app.validation.judge import Interval, predicted, vanishes, verdict
from innervate.app.validation.margins import read_margins
from innervate.app.validation.rows_control import DELAYS_S, linearity, longest_ms
from innervate.app.validation.run import FIRST_PERSON, Options, run
from innervate.app.validation.world import ABLATIONS, traits_of
from innervate.core.errors import InnervateError
from innervate.sim.user.traits import Traits


def _nobody(seed: int, settings: Settings) -> np.ndarray:
    rng = np.random.default_rng(seed)
    effect = 0.0 if settings.without == "errors" else 2.0
    return np.array([1.0, 1.0 + effect + 0.1 * rng.standard_normal()])


EFFECT = Effect("it", "what", "source", "s", 2.0, 8, _nobody, less(0, 1), 0.0, "errors")


# -- intervals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "n"), [(10, 5), (20, 20)])
def test_an_interval_holds_a_new_study_some_95_times_in_100(
    monkeypatch: pytest.MonkeyPatch, people: int, n: int
) -> None:
    monkeypatch.setattr("innervate.app.validation.judge._DRAWS", 1000)
    rng = np.random.default_rng(3)
    held = 0
    for k in range(100):
        interval = predicted(rng.lognormal(0.0, 0.3, (people, 1)), lambda of: float(of.mean()), n, seed=k)
        held += interval.low <= rng.lognormal(0.0, 0.3, n).mean() <= interval.high
    assert 88 <= held <= 98


def test_an_interval_is_the_same_each_time_and_shrinks_with_people() -> None:
    people = np.random.default_rng(1).normal(3.0, 1.0, (40, 1))
    assert predicted(people, mean(0), 20) == predicted(people, mean(0), 20)
    assert predicted(people, mean(0), 20).width < 0.6 * predicted(people[:5], mean(0), 5).width


# -- verdicts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "low", "high", "margin", "expected"),
    [
        (2.0, 1.5, 2.5, 1.0, "agrees"),
        (2.0, 1.5, 2.5, 0.9, "inconclusive"),
        (2.0, 2.1, 2.5, 1.0, "no"),
        ((1.0, 2.0), 1.5, 2.5, 1.0, "agrees"),
        ((1.0, 1.6), 1.5, 2.5, 1.0, "inconclusive"),
        ((0.0, math.inf), 0.1, 0.5, 1.0, "agrees"),
        ((0.0, math.inf), -0.1, 0.5, 1.0, "inconclusive"),
        ((0.0, math.inf), 0.1, 5.0, 1.0, "inconclusive"),
        ((0.0, math.inf), -0.5, -0.1, 1.0, "no"),
    ],
)
def test_verdicts(
    published: float | tuple[float, float], low: float, high: float, margin: float, expected: str
) -> None:
    interval = Interval((low + high) / 2.0, low, high)
    assert verdict(replace(EFFECT, published=published), interval, margin) == expected


def test_a_source_that_set_a_parameter_never_counts() -> None:
    effect = replace(EFFECT, used_to_set="sim.motor_units.KINDS")
    assert verdict(effect, Interval(2.0, 1.9, 2.1), 1.0) == "used_to_set"
    assert verdict(effect, Interval(9.0, 8.9, 9.1), 1.0) == "used_to_set"


def test_an_effect_vanishes_when_nothing_or_little_is_left() -> None:
    there = Interval(2.0, 1.8, 2.2)
    assert vanishes(EFFECT, 0.0, there, Interval(0.3, -0.1, 0.7))
    assert vanishes(EFFECT, 0.0, there, Interval(0.4, 0.3, 0.5))
    assert not vanishes(EFFECT, 0.0, there, Interval(1.0, 0.8, 1.2))


def test_where_nothing_was_to_differ_the_ablation_must() -> None:
    same = replace(EFFECT, published=0.0, sameness=True)
    assert vanishes(same, 0.0, Interval(0.1, -1.0, 1.0), Interval(-5.0, -6.0, -4.0))
    assert not vanishes(same, 0.0, Interval(0.1, -1.0, 1.0), Interval(0.2, -1.0, 1.0))


def test_statistics() -> None:
    people = np.array([[1.0, 2.0], [2.0, 6.0]])
    assert ratio(1, 0)(people) == 2.5
    assert less(0, 1)(people) == 2.5
    assert percent_more(1, 0)(people) == pytest.approx(100.0 * (4.0 / 1.5 - 1.0))
    assert correlation(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])) == pytest.approx(-1.0)
    assert correlation(np.ones(3), np.arange(3.0)) == 0.0


def test_longest_delay_without_loss_and_linearity() -> None:
    rng = np.random.default_rng(2)
    loss = np.maximum(np.array(DELAYS_S) - 0.12, 0.0) * 100.0
    people = 30.0 - loss + rng.normal(0.0, 1.0, (20, len(DELAYS_S)))
    assert longest_ms(people) == 100.0
    assert longest_ms(np.full((20, len(DELAYS_S)), 30.0)) == 300.0
    assert linearity(30.0 - 50.0 * np.tile(DELAYS_S, (20, 1))) == pytest.approx(-1.0)


# -- a run ---------------------------------------------------------------------------------------------------


def test_a_run_of_known_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innervate.app.validation.run.measures", lambda _: {"_nobody": _nobody})
    told: list[str] = []
    effect = replace(EFFECT, sweep=("traits.unlike",))
    (row,) = run([effect], {"it": 0.5}, Options(sweep=True), told.append)
    assert (row.verdict, row.people, row.gone) == ("agrees", 10, True)
    assert (row.swept, row.flips, row.before) == (2, (), "agrees")
    assert row.without is not None
    assert row.without.meets(0.0, 0.0)
    assert len(told) == 10 + 4 + 2 * 4


def test_what_was_measured_is_kept_and_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("innervate.app.validation.run.measures", lambda _: {"_nobody": _nobody})
    options = Options(people=3, folder=tmp_path)  # type: ignore[arg-type]
    first: list[str] = []
    again: list[str] = []
    rows = run([EFFECT], {"it": 0.5}, options, first.append)
    for damaged in options.folder.rglob(f"{FIRST_PERSON}.json"):  # type: ignore[union-attr]
        damaged.write_text("[1.0, ")
    assert run([EFFECT], {"it": 0.5}, options, again.append) == rows
    assert (len(first), len(again)) == (6, 2)


def test_one_person_is_no_study() -> None:
    with pytest.raises(InnervateError, match="--people 1"):
        run([EFFECT], {"it": 1.0}, Options(people=1), print)


# -- margins -------------------------------------------------------------------------------------------------


def test_every_row_has_a_margin_and_no_margin_lacks_a_row() -> None:
    keys = [effect.key for effect in ALL]
    margins = read_margins(keys)
    assert len(margins.settings) == 12
    assert set(margins.widest) == set(keys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[widest]\nother = 1.0\n", "no margin for 'it'"),
        ("widest = 3\n", "no margin for 'it'"),
        ("[widest]\nit = 0\n", "widest.it = 0"),
        ("[widest]\nit = true\n", "widest.it = True"),
        ("[widest]\nit = 'a'\n", "widest.it = 'a'"),
        ("[widest]\nit = nan\n", "widest.it = nan"),
        ("[widest\n", "margins.toml"),
    ],
)
def test_margins_that_cannot_be(tmp_path: object, text: str, said: str) -> None:
    path = tmp_path / "margins.toml"  # type: ignore[operator]
    path.write_text(text)
    with pytest.raises(InnervateError, match=said.replace(".", r"\.")):
        read_margins(["it"], path)


def test_margins_that_are_not_there(tmp_path: object) -> None:
    with pytest.raises(InnervateError, match=r"margins\.toml"):
        read_margins(["it"], tmp_path / "margins.toml")  # type: ignore[operator]


# -- hashes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Person:
    speed: float = 2.0
    what: str = "quick"


def _module(**values: object) -> ModuleType:
    module = ModuleType("innervate.sim.made_up")
    vars(module).update(values)
    return module


def _digest(**values: object) -> str:
    return parameters.digest(parameters.values([_module(**values)]))


def test_the_hash_changes_with_a_value_and_with_nothing_else() -> None:
    base = {"_SPEED": 2.0, "TABLE": {"a": (1, 2.5)}, "SHAPE": np.arange(3.0), "WHO": (_Person(),)}
    first = _digest(**base)
    assert _digest(**dict(reversed(base.items()))) == first
    assert _digest(**base, TEXT="other words", helper=len, lower=3, Kind=_Person) == first
    assert _digest(**{**base, "WHO": (_Person(what="slow"),)}) == first
    changed = (
        {"_SPEED": 2.1},
        {"TABLE": {"a": (1, 2.6)}},
        {"SHAPE": np.arange(3.0) + 1e-9},
        {"WHO": (_Person(3.0),)},
        {"MORE": 1},
    )
    assert len({_digest(**{**base, **one}) for one in changed} | {first}) == 1 + len(changed)


def test_defaults_of_a_module_s_own_dataclasses_count(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(_Person.__module__)
    vars(module)["_Person"] = _Person
    (said,) = parameters.values([module]).values()
    assert "2.0" in said


def test_the_simulator_s_parameters_are_in_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    first = parameters.settings_hash()
    assert parameters.settings_hash() == first
    monkeypatch.setattr("innervate.calibration.tasks.tac.DWELL_S", 2.5)
    second = parameters.settings_hash()
    monkeypatch.setattr("innervate.sim.firing.LEAST_HZ", 8.5)
    third = parameters.settings_hash()
    monkeypatch.setattr("innervate.app.validation.rows_signal.SHIFT_MM", 11.0)
    assert len({first, second, third, parameters.settings_hash()}) == 4


def test_code_without_its_words() -> None:
    one = 'def f(x: int) -> int:\n    """Words."""\n    return x + 1  # more\n'
    assert parameters.bare(one) == parameters.bare("def f(x: int) -> int:\n\n    return x + 1\n")
    assert parameters.bare(one) != parameters.bare(one.replace("+ 1", "+ 2"))
    assert len(parameters.code_digest()) == 12


# -- rows ----------------------------------------------------------------------------------------------------


def test_rows_are_enough_and_say_where_they_come_from() -> None:
    keys = [effect.key for effect in ALL]
    assert len(keys) == len(set(keys)) >= 12
    assert sum(not effect.used_to_set for effect in ALL) >= 6
    names = set(Traits.__dataclass_fields__)
    for effect in ALL:
        assert "FACTS" in effect.source, effect.key
        assert effect.n >= 5
        assert effect.range[0] <= effect.range[1]
        assert effect.without in set(ABLATIONS) - {""}
        assert all(name.partition(".")[2] in names for name in effect.sweep if name.startswith("traits."))
    assert all(kind.__doc__ for kind in measures().values())


def test_only_rows_that_there_are() -> None:
    assert [effect.key for effect in chosen(["window"])] == ["window"]
    assert chosen([]) == ALL
    with pytest.raises(InnervateError, match="--only widow"):
        chosen(["widow"])


def test_a_changed_trait_is_that_person_s() -> None:
    before = traits_of(5, Settings())
    after = traits_of(5, Settings((("traits.reaction_s", 1.2),)))
    assert after == replace(before, reaction_s=before.reaction_s * 1.2)
