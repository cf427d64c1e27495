"""Which tools are offered, and by which name."""

from gateway.tool_catalogue import Listed, Offer, Offers, catalogue, offers
from gateway.tools_file import ToolServer
from shared.messages import Tool

SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}}
NOTES = ToolServer(name="notes", command="notes")


def offered(server: ToolServer, *names: str) -> Offers:
    return offers(server, [Listed(name, "Does it.", SCHEMA) for name in names])


def names(found: Offers) -> list[str]:
    return [offer.tool.name for offer in found.offers]


def test_a_tool_is_offered_as_its_server_lists_it() -> None:
    assert offered(NOTES, "search").offers == (
        Offer(
            Tool(
                name="search",
                description="Does it.",
                parameters='{"type":"object","properties":{"query":{"type":"string"}}}',
            ),
            "notes",
            "search",
        ),
    )


def test_only_the_tools_that_the_file_names_are_offered() -> None:
    server = ToolServer(name="notes", command="notes", tools=("read", "burn"))
    found = offered(server, "search", "read")
    assert names(found) == ["read"]
    assert found.complaints == ("'burn' is not offered: the server has no such tool",)


def test_a_prefix_goes_before_each_name() -> None:
    server = ToolServer(name="notes", command="notes", prefix="my_")
    (offer,) = offered(server, "search").offers
    assert (offer.tool.name, offer.remote_name) == ("my_search", "search")


def test_models_are_given_names_that_they_can_write() -> None:
    (offer,) = offered(NOTES, "files/read.all").offers
    assert (offer.tool.name, offer.remote_name) == ("files_read_all", "files/read.all")


def test_nonsense_is_left_out_and_complained_of() -> None:
    huge = Listed("huge", "", {"x": "y" * 20_000})
    listed = [Listed("", "", {}), Listed("x" * 65, "", {}), huge, Listed("a.b", "", {})]
    found = offers(NOTES, [*listed, Listed("a/b", "", {})])
    assert names(found) == ["a_b"]
    assert len(found.complaints) == 4
    assert "its name has 0 characters" in found.complaints[0]
    assert "its name has 65 characters" in found.complaints[1]
    assert "its schema has 20008 characters" in found.complaints[2]
    assert "the server has another of that name" in found.complaints[3]


def test_a_server_cannot_flood_the_prompt() -> None:
    found = offers(NOTES, [Listed(f"t{n}", "long " * 1000, {}) for n in range(90)])
    assert len(found.offers) == 64
    assert all(len(offer.tool.description) <= 1024 for offer in found.offers)
    assert len(found.complaints) == 11
    assert found.complaints[-1] == "26 tools are not offered"


def test_of_two_servers_the_first_keeps_a_name_and_the_other_is_told_of() -> None:
    house = ToolServer(name="house", url="http://house")
    both = [*offered(NOTES, "search", "read").offers, *offered(house, "search", "light").offers]
    named, complaints = catalogue(both)
    assert {name: offer.server for name, offer in named.items()} == {
        "search": "notes",
        "read": "notes",
        "light": "house",
    }
    assert complaints == (
        "'search' of house is not offered: notes has a tool of that name; give house a prefix",
    )
