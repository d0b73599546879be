"""The adapters give what the formulas say, also for numbers that nobody published."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.references import REFERENCES
from tests.rules.vectors import ADAPTERS
from tests.rules.vectors.running import same, shown


def test_every_adapter_has_a_formula_to_be_compared_with():
    assert set(ADAPTERS) == set(REFERENCES)


@pytest.mark.parametrize("key", sorted(REFERENCES), ids=" ".join)
@settings(max_examples=40)  # of each of the many topics
@given(data=st.data())
def test_an_adapter_gives_what_the_formula_gives(key, data):
    reference = REFERENCES[key]
    inputs = data.draw(reference.inputs)

    outputs = ADAPTERS[key](inputs)

    for name, expected in reference.formula(inputs).items():
        assert same(outputs[name], expected), f"{name}: {shown(outputs[name])}, not {expected}"
