"""Halving a line of commits, with some that answer nothing."""

import math

from hypothesis import given
from hypothesis import strategies as st

from gitopskit.model.bisection import Verdict
from gitopskit.planning.bisection import halve


class Line:
    """Commits by number, which fail from one on; some give no answer."""

    def __init__(self, first_bad, silent=frozenset()):
        self.first_bad, self.silent, self.asked = first_bad, silent, []

    def ask(self, item):
        self.asked.append(item)
        return Verdict.UNTRIED if item in self.silent else Verdict.FAILED if item >= self.first_bad else Verdict.PASSED


@given(st.integers(1, 300).flatmap(lambda length: st.tuples(st.just(length), st.integers(0, length - 1))))
def test_the_first_failure_is_found_by_few_questions(drawn):
    length, first_bad = drawn
    line = Line(first_bad)
    assert halve(range(length), line.ask) == (first_bad,)
    assert len(line.asked) <= math.ceil(math.log2(length)) + 1


@given(st.data())
def test_who_answers_nothing_widens_the_answer_and_never_falsifies_it(data):
    length = data.draw(st.integers(1, 60))
    line = Line(data.draw(st.integers(0, length - 1)), data.draw(st.sets(st.integers(0, length - 1))))
    found = halve(range(length), line.ask)
    assert line.first_bad in found
    assert set(found[:-1]) <= line.silent, "between the last that passes and the first that fails only silent ones are left"
    assert len(set(line.asked)) == len(line.asked)
