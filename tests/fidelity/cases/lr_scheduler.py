"""Learning rate schedulers: the rates they give, what they remember, what they refuse."""

UPDATES = 15


def _rates(schedule, updates=range(UPDATES)):
    return [float(schedule(update)) for update in updates], float(schedule.base_lr)


def _case(name, *positional, **arguments):
    def case(mx):
        schedule = getattr(mx.lr_scheduler, name)(*positional, **arguments)
        return _rates(schedule), dict(sorted(vars(schedule).items()))

    return case


WARM = {"warmup_steps": 4, "warmup_begin_lr": 0.1}

factor = _case("FactorScheduler", 3, 0.5, base_lr=1.0)
factor_defaults = _case("FactorScheduler", 2)
factor_stops = _case("FactorScheduler", 3, 0.1, stop_factor_lr=0.005, base_lr=1.0)
factor_fractional_step = _case("FactorScheduler", 2.5, 0.5, base_lr=1.0)
factor_negative = _case("FactorScheduler", 3, -0.5, base_lr=1.0)
factor_warm = _case("FactorScheduler", 3, 0.5, base_lr=1.0, **WARM)
factor_warm_constant = _case("FactorScheduler", 3, 0.5, base_lr=1.0, warmup_mode="constant", **WARM)
multi_factor = _case("MultiFactorScheduler", [3, 6, 7], 0.5, base_lr=1.0)
multi_factor_defaults = _case("MultiFactorScheduler", [3])
multi_factor_warm = _case("MultiFactorScheduler", [3, 6, 7], 0.5, 1.0, 4, 0.1, "linear")
poly = _case("PolyScheduler", 10, 1.0)
poly_linear = _case("PolyScheduler", 10, 1.0, 1, 0.1)
poly_warm = _case("PolyScheduler", 10, 1.0, 2, 0.1, 2, 0.05, "linear")
cosine = _case("CosineScheduler", 10, 1.0)
cosine_warm = _case("CosineScheduler", 10, 1.0, 0.1, 2, 0.05, "linear")
cosine_warm_constant = _case("CosineScheduler", 10, base_lr=1.0, final_lr=0.1, warmup_mode="constant", **WARM)


def updates_out_of_order(mx):
    schedulers = mx.lr_scheduler
    made = [
        schedulers.FactorScheduler(3, 0.5, base_lr=1.0),
        schedulers.MultiFactorScheduler([3, 6, 7], 0.5, base_lr=1.0),
        schedulers.PolyScheduler(10, 1.0),
        schedulers.CosineScheduler(10, 1.0),
    ]
    return [_rates(schedule, (10, 4, 1, 20, 5)) for schedule in made]


def base_lr_set_afterwards(mx):
    schedulers = mx.lr_scheduler
    made = [
        schedulers.FactorScheduler(3, 0.5, base_lr=1.0, **WARM),
        schedulers.MultiFactorScheduler([3, 6, 7], 0.5, base_lr=1.0),
        schedulers.PolyScheduler(10, 1.0),
        schedulers.CosineScheduler(10, 1.0),
    ]
    for schedule in made:
        schedule.base_lr = 2.0
    return [_rates(schedule) for schedule in made]


def warmup_rate(mx):
    linear = mx.lr_scheduler.LRScheduler(0.1, 5, 0.02)
    constant = mx.lr_scheduler.LRScheduler(0.1, 5, 0.02, "constant")
    return [linear.get_warmup_lr(i) for i in range(5)], [constant.get_warmup_lr(i) for i in range(5)]


def warmup_rate_past_its_end(mx):
    mx.lr_scheduler.LRScheduler(0.1, 5).get_warmup_lr(5)


def base_class(mx):
    mx.lr_scheduler.LRScheduler(0.1)(3)


REFUSED = {
    "factor_step_zero": ("FactorScheduler", (0,), {}),
    "factor_grows": ("FactorScheduler", (1, 1.5), {}),
    "steps_empty": ("MultiFactorScheduler", ([],), {}),
    "steps_no_list": ("MultiFactorScheduler", (3,), {}),
    "steps_tuple": ("MultiFactorScheduler", ((1, 2),), {}),
    "steps_decrease": ("MultiFactorScheduler", ([3, 2],), {}),
    "steps_equal": ("MultiFactorScheduler", ([2, 2],), {}),
    "steps_zero": ("MultiFactorScheduler", ([0, 2],), {}),
    "steps_grow": ("MultiFactorScheduler", ([1, 2], 2), {}),
    "poly_zero": ("PolyScheduler", (0,), {}),
    "poly_fraction": ("PolyScheduler", (1.5,), {}),
    "cosine_zero": ("CosineScheduler", (0,), {}),
    "cosine_fraction": ("CosineScheduler", (3.0,), {}),
    "warmup_from_above": ("LRScheduler", (0.1, 5, 1.0), {}),
    "warmup_fraction": ("LRScheduler", (0.1, 5.0), {}),
    "warmup_negative": ("LRScheduler", (0.1, -1), {}),
    "warmup_mode_unknown": ("LRScheduler", (0.1, 5, 0, "foo"), {}),
}


def _refused(name, positional, arguments):
    def case(mx):
        getattr(mx.lr_scheduler, name)(*positional, **arguments)

    return case


for _label, _arguments in REFUSED.items():
    globals()[_label] = _refused(*_arguments)


def warmup_as_long_as_the_schedule(mx):
    mx.lr_scheduler.PolyScheduler(3, warmup_steps=3)(3)
