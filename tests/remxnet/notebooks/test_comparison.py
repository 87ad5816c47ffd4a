from remxnet.notebooks.comparison import difference


def test_blanks_and_addresses_make_no_difference():
    assert difference("a   b\n\nc\n", "a b\nc") == ""
    assert difference("<object at 0x7f0000000000>", "<object at 0x7fabcdefabcd>") == ""
    assert difference("a b", "ab") != ""


def test_a_difference_shows_both_lines():
    assert difference("same\nold", "same\nnew").splitlines()[2:] == ["@@ -1,2 +1,2 @@", " same", "-old", "+new"]
