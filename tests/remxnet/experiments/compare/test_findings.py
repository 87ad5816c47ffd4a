from remxnet.experiments.compare.findings import Standing, findings
from remxnet.experiments.settings import Settings

SETTINGS = Settings(epochs=20, optimizer="adam", learning_rate=0.001)


def standing(label, *accuracies, products=1000, seconds=1.0, parameters=10_000):
    return Standing(label, parameters, products, seconds, dict(enumerate(accuracies)))


def said(*standings, missing=0, test_size=10_000):
    return findings(standings, SETTINGS, 10_000, test_size, missing)


def test_a_clear_difference_is_said_with_its_interval():
    sentences = said(standing("a", 0.80, 0.81, 0.82), standing("b", 0.90, 0.91, 0.93))
    (sentence,) = [sentence for sentence in sentences if "ahead" in sentence]
    # differences 10, 10 and 11 points: mean 10.33, deviation 0.577, half the interval 4.303 · 0.577 / √3 = 1.434
    assert sentence == (
        "b is ahead of a by 10.33 points after the last epoch, more than the choice of the seeds explains "
        "(95 % interval for the mean difference +8.90 to +11.77, 3 seeds)."
    )


def test_a_difference_within_the_spread_tells_nothing_apart():
    sentences = said(standing("a", 0.80, 0.84, 0.82), standing("b", 0.82, 0.82, 0.83))
    (sentence,) = [sentence for sentence in sentences if "told apart" in sentence]
    assert sentence.startswith("b and a cannot be told apart: they differ by 0.33 points")
    assert not any("is ahead" in sentence for sentence in sentences)


def test_one_seed_says_nothing_about_spread():
    sentences = said(standing("a", 0.80), standing("b", 0.90), standing("c", 0.90))
    assert "b is ahead of a by 10.00 points after the last epoch, with the one seed there is." in sentences
    assert "b and c are equal after the last epoch, with the one seed there is." in sentences
    assert any(sentence.startswith("From one seed nothing can be said about spread") for sentence in sentences)
    assert not any("interval" in sentence for sentence in sentences)


def test_the_best_epoch_and_the_test_images_are_named_as_limits():
    sentences = said(standing("a", 0.5, 0.5), standing("b", 0.5, 0.5), test_size=10_000)
    assert any("chosen by its accuracy on the test images, which makes it optimistic" in s for s in sentences)
    # 1.96 · √(0.5 · 0.5 / 10000) = 0.98 %
    assert any("10,000 of them leave an accuracy of 50 % uncertain by about ±0.98 points" in s for s in sentences)


def test_costs_are_compared_where_they_are_known():
    costly = standing("b", 0.9, 0.9, products=30_000, seconds=12.0)
    assert (
        "As many parameters are not as much work: b computes 30 times the multiply-adds of a, and an epoch takes 12 "
        "times as long."
    ) in said(standing("a", 0.8, 0.8), costly)
    for other in (standing("a", 0.8, products=None), standing("a", 0.8, products=30_000)):
        assert not any("multiply-adds" in sentence for sentence in said(other, costly))


def test_what_an_interval_rests_on():
    one = "With 2 seeds, an interval rests on the differences being normally distributed"
    standings = [standing(label, 0.8, 0.8) for label in "abc"]
    assert f"{one}." in said(*standings[:2])
    assert f"{one}; and each is for one pair, of many such intervals about one in 20 misses." in said(*standings)


def test_seeds_that_diverged_are_named():
    sentences = said(standing("a", 0.9), Standing("b", 10_000, 1, 1.0, {1: 0.8}, diverged=(0, 2)), missing=2)
    assert sentences[0].startswith("b diverged with seeds 0, 2: its loss became no number")
    assert not any("not finished" in sentence for sentence in sentences)


def test_what_is_not_finished_is_said_first_and_pairs_share_seeds():
    ahead = Standing("a", 10_000, 1, 1.0, {0: 0.9, 1: 0.1})
    sentences = said(ahead, Standing("b", 10_010, 1, 1.0, {0: 0.8}), missing=3)
    assert sentences[0] == "3 runs are not finished: this is what the others say so far."
    assert "10,000 to 10,010 parameters" in sentences[1]
    assert any("by 10.00 points" in sentence for sentence in sentences)
    assert said(Standing("a", 1, 1, None, {}), missing=1)[0].startswith("One run is not finished")
