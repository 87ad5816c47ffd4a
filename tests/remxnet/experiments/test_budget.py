import random

import pytest

from remxnet.errors import InputError
from remxnet.experiments.budget import LARGEST_BUDGET, TOLERANCE, solve
from remxnet.experiments.families import FAMILIES, FREE, WIDTH, Conv, Dense, Dropout, Family, Layer

IMAGE = (1, 28, 28)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_every_budget_from_3000_to_5_million_is_met(family):
    draw = random.Random(0)
    budgets = [3000, 5_000_000, *range(3001, 6000, 53), *(round(3000 * 1666 ** draw.random()) for _ in range(150))]
    for budget in budgets:
        solution = solve(family, budget, IMAGE)
        assert abs(solution.parameters - budget) <= TOLERANCE * budget
        assert solution.parameters == family.parameters(IMAGE, 10, solution.width, solution.free)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_from_30000_parameters_on_the_last_layer_is_near_its_plan(family):
    for budget in range(30_000, 500_000, 7_777):
        solution = solve(family, budget, IMAGE)
        assert 1 / 3 < solution.free / family.free.planned(solution.width) < 3


def test_no_other_width_that_meets_the_budget_is_nearer_to_the_plan():
    family = FAMILIES["conv"]
    for budget in (5000, 12_345, 20_000):
        solution = solve(family, budget, IMAGE)
        ratios = {}
        for width in range(1, 40):
            totals = {free: family.parameters(IMAGE, 10, width, free) for free in range(1, 400)}
            free = min(totals, key=lambda size: abs(totals[size] - budget))
            if abs(totals[free] - budget) <= TOLERANCE * budget:
                plan = family.free.planned(width)
                ratios[width, free] = max(free / plan, plan / free)
        assert (solution.width, solution.free) == min(ratios, key=ratios.get)


def test_a_family_with_a_width_alone():
    family = Family("one", "one hidden layer", (Dense(WIDTH),))
    solution = solve(family, 100_000, IMAGE)
    assert (solution.width, solution.free, solution.size) == (126, None, "126")
    assert solution.parameters == 785 * 126 + 127 * 10


def test_other_images_and_classes():
    solution = solve(FAMILIES["conv-pool"], 50_000, (3, 32, 32), classes=100)
    assert abs(solution.parameters - 50_000) <= 250
    assert solution.parameters == FAMILIES["conv-pool"].parameters((3, 32, 32), 100, solution.width, solution.free)


@pytest.mark.parametrize(
    ("family", "budget", "complaint"),
    [
        (FAMILIES["mlp"], 100, r"no mlp has 100 parameters on images of 1×28×28 with 10 classes; the smallest has 807"),
        # widths 1, 2 and 3 give 805, 1600 and 2395
        (Family("one", "", (Dense(WIDTH),)), 2000, r"give or take 0.5%; the nearest budgets are 1,600 and 2,395"),
        (FAMILIES["mlp"], 0, r"budget 0: expected a whole number of parameters from 1 to 1,000,000,000"),
        (FAMILIES["mlp"], LARGEST_BUDGET + 1, r"budget 1000000001: expected a whole number"),
        (FAMILIES["mlp"], 2.5, r"budget 2.5: expected a whole number"),
    ],
)
def test_an_impossible_budget_names_the_nearest(family, budget, complaint):
    with pytest.raises(InputError, match=complaint) as raised:
        solve(family, budget, IMAGE)
    assert len(str(raised.value).splitlines()) == 1


def test_the_nearest_budgets_are_possible_and_nothing_is_between():
    family = Family("steps", "", (Conv(WIDTH), Dense(FREE)))
    totals = {family.parameters((1, 14, 14), 10, width, free) for width in range(1, 40) for free in range(1, 300)}
    below, above = max(t for t in totals if t <= 2395), min(t for t in totals if t >= 2395)
    assert below < 2395 < above
    with pytest.raises(InputError, match=f"the nearest budgets are {below:,} and {above:,}"):
        solve(family, 2395, (1, 14, 14), tolerance=0.001)
    for budget in (below, above):
        assert solve(family, budget, (1, 14, 14), tolerance=0).parameters == budget


def test_a_family_that_does_not_grow_is_refused():
    class Fixed(Layer):
        def sizes(self):
            yield WIDTH

        def sized(self, width, free):
            return Dropout(0.5)

    with pytest.raises(InputError, match="its parameters do not grow with its width"):
        solve(Family("fixed", "", (Fixed(),)), 10_000, IMAGE)
