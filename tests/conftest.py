"""What holds for every test of kemu itself."""

from collections.abc import Iterator

import pytest

from kemu.apiserver.rest import Rest


@pytest.fixture(autouse=True, scope="session")
def no_net() -> Iterator[None]:
    """An exception that nobody foresaw fails the test in which it happens, instead of becoming a 500."""
    Rest.strict = True
    yield
    Rest.strict = False
