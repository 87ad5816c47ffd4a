"""Where parameters are, asked by other names of the same memory."""


def in_other_memory_of_the_processor(mx):
    one = mx.gluon.Parameter("one", shape=(2,))
    one.initialize(mx.init.One(), ctx=mx.cpu(0))
    two = mx.gluon.Parameter("two", shape=(2,))
    two.initialize(mx.init.One(), ctx=[mx.cpu(0), mx.cpu(1)])
    dense = mx.gluon.nn.Dense(2, in_units=3)
    dense.initialize(mx.init.One())
    shared, pinned = mx.Context("cpu_shared", 0), mx.cpu_pinned(1)
    places = [str(each.context) for each in (one.data(shared), one.grad(shared), two.data(pinned), two.grad(pinned))]
    return places, dense(mx.nd.ones((2, 3), ctx=shared))


def in_other_memory_of_another_number(mx):
    one = mx.gluon.Parameter("one", shape=(2,))
    one.initialize(ctx=mx.cpu(0))
    one.data(mx.cpu_pinned(1))
