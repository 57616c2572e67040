"""The clouds agree with the other tables of Microsoft's hosts, and no host is in two of them."""

from __future__ import annotations

from diag.clouds import clouds, of_authority, of_instance, of_mail, of_sign_in
from diag.plan import preset
from diag.rules.sign_ins import exchange_hosts
from diag.rules.token import EXCHANGE


def test_no_host_is_in_two_clouds() -> None:
    hosts = [host for cloud in clouds() for host in (*cloud.sign_in, *cloud.page, *cloud.mail)]
    assert len(hosts) == len(set(hosts))
    assert all(host == host.lower() for host in hosts)


def test_every_right_mail_host_is_in_a_cloud_and_every_resource_is_exchange() -> None:
    assert exchange_hosts() == {host for cloud in clouds() for host in cloud.mail}
    assert {cloud.resource for cloud in clouds()} | {cloud.by_app for cloud in clouds()} <= EXCHANGE


def test_the_preset_is_the_worldwide_cloud() -> None:
    worldwide = clouds()[0]
    assert {item.host for item in preset("microsoft365")} == {*worldwide.mail, worldwide.sign_in[0]}


def test_a_cloud_is_found_by_any_of_its_names() -> None:
    government = clouds()[1]
    assert of_sign_in("LOGIN.usgovcloudapi.net") is government
    assert of_authority("https://login.microsoftonline.us/contoso.com") is government
    assert of_mail("outlook.office365.us") is government
    assert of_instance("microsoftonline.us") is government
    assert government.authority == "https://login.microsoftonline.us"
    assert of_sign_in("login.contoso.example") is None
    assert of_authority("nonsense") is None
    assert of_mail("imap.gmail.com") is None
    assert of_instance("") is None
