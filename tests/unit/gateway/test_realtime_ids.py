"""Ids of items, ours and the clients' own."""

from gateway.protocols.realtime_ids import Ids


def test_an_item_is_called_as_its_client_calls_it() -> None:
    ids = Ids("abc", 10)
    ids.name_item(3, "mine")
    assert (ids.item(3), ids.item_number("mine")) == ("mine", 3)
    assert (ids.item(4), ids.item_number("item_abc_4")) == ("item_abc_4", 4)


def test_a_client_may_call_another_item_so_later() -> None:
    ids = Ids("abc", 10)
    ids.name_item(3, "mine")
    ids.name_item(5, "mine")
    assert (ids.item_number("mine"), ids.item(3)) == (5, "item_abc_3")


def test_a_client_may_use_an_id_of_ours_again() -> None:
    ids = Ids("abc", 10)
    ids.name_item(5, "item_abc_3")
    assert (ids.item_number("item_abc_3"), ids.item(5)) == (5, "item_abc_3")


def test_only_the_newest_ids_of_clients_are_remembered() -> None:
    ids = Ids("abc", 2)
    for number, name in enumerate(("one", "two", "three"), 1):
        ids.name_item(number, name)
    assert [ids.item_number(name) for name in ("one", "two", "three")] == [None, 2, 3]
    assert ids.item(1) == "item_abc_1"
