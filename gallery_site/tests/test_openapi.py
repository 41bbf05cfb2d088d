"""The OpenAPI document."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate


@pytest.fixture(scope="module")
def document():
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(public=True)


def _operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_made_without_a_warning(document):
    assert not GENERATOR_STATS, GENERATOR_STATS.emit_summary()


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_no_path_is_there_twice(document):
    assert not [path for path in document["paths"] if path.endswith("/")]


def test_every_error_has_the_one_shape(document):
    for path, method, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and status not in {"406", "416"} and "schema" not in path:
                shapes = [content["schema"] for content in response["content"].values()]
                told = [one for shape in shapes for one in shape.get("oneOf", [shape])]  # or what became of each file
                assert {"$ref": "#/components/schemas/Error"} in told, (path, method, status)


def test_what_needs_signing_in_says_so(document):
    user = document["paths"]["/api/auth/user"]["get"]
    assert user["security"] == [{"bearer": []}, {"session": []}]
    assert {"401", "500", "503"} <= user["responses"].keys()
    login = document["paths"]["/api/auth/login"]["post"]
    assert "401" not in login["responses"]
    assert {"400", "403", "413", "415", "429"} <= login["responses"].keys()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
