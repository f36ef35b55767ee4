"""Which addresses may be spoken to."""

from ipaddress import ip_address

import pytest

from hub.receivers.guard import AddressRefused, HostUnknown, require_allowed, resolve, split_address


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://example.org:0/",
        "https://example.org:x/",
        "https://example.org/\r\nX-Evil: 1",
        "https://example.org\\@evil.example/",
        "https://169.254.169.254/latest/meta-data",
        "https://metadata.google.internal/",
    ],
)
def test_split_address_refuses_what_is_no_receiver(url: str) -> None:
    with pytest.raises(AddressRefused):
        split_address(url, ("https", "http"))


def test_split_address_refuses_a_host_that_is_not_of_the_list() -> None:
    with pytest.raises(AddressRefused, match=r"evil\.example"):
        split_address("https://evil.example/", ("https",), ("campus.example",))


def test_split_address_keeps_path_and_query_out_of_its_faults() -> None:
    with pytest.raises(AddressRefused) as refused:
        split_address("https://evil.example/bot123:SECRET?token=SECRET", ("https",), ("campus.example",))
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "100.64.0.1", "::1", "fd00::1"]
)
def test_private_address_needs_to_be_meant(address: str) -> None:
    with pytest.raises(AddressRefused, match="allow_private"):
        require_allowed(ip_address(address), allow_private=False)
    require_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "fe80::1", "0.0.0.0", "224.0.0.1"],
)
def test_address_of_a_cloud_or_of_nobody_is_refused_whatever_is_allowed(address: str) -> None:
    with pytest.raises(AddressRefused):
        require_allowed(ip_address(address), allow_private=True)


def test_mapped_private_address_is_private() -> None:
    with pytest.raises(AddressRefused, match="private"):
        require_allowed(ip_address("::ffff:127.0.0.1"), allow_private=False)


def test_resolve_finds_the_address_that_is_then_used() -> None:
    assert resolve("127.0.0.1", 80, allow_private=True) == "127.0.0.1"


def test_resolve_refuses_a_name_that_leads_to_this_machine() -> None:
    with pytest.raises(AddressRefused, match="private"):
        resolve("localhost", 80, allow_private=False)


def test_resolve_names_no_address_where_there_is_none() -> None:
    with pytest.raises(HostUnknown):
        resolve("no-such-host.invalid", 80, allow_private=True)
