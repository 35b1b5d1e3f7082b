"""`avow chain …` against a real node: deploying, also interrupted, looking, handing over, ending."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.cli import main
from api.services.chains import account_from
from did.chain import ChainError, abi
from did.chain.network import GWEI, HttpTransport, NetworkChain, OutboxFile
from did.chain.network.sender import Sender
from tests.support import network_world
from tests.support.anvil import Anvil
from tests.support.network_faults import spike
from tests.support.network_world import CHAIN_ID, Publisher

SECRET = "0a" * 32
PUBLISHER = network_world.PUBLISHER


@pytest.fixture
def node():
    started = Anvil()
    yield started
    started.stop()


@pytest.fixture
def avow(node, tmp_path, monkeypatch, capsys):
    """Run a command against the node; gives exit code, the JSON answer, and what people read."""
    monkeypatch.chdir(tmp_path)
    for name in ("CHAIN_CONTRACT", "CHAIN_ADMIN", "CHAIN_KEY_FILE", "CHAIN_FEE_CAP_GWEI", "URL", "DATA"):
        monkeypatch.delenv(f"AVOW_{name}", raising=False)
    values = {
        "AVOW_CHAIN_RPC": node.url + "/?key=secret-of-a-provider",
        "AVOW_CHAIN_ID": str(CHAIN_ID),
        "AVOW_CHAIN_WAIT_MS": "50",  # and 180 times that before it gives up
        "AVOW_PUBLIC_URL": "https://id.example",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for name, secret in (("admin", SECRET), ("publisher", "0b" * 32), ("heir", "0c" * 32)):
        file = tmp_path / f"{name}.key"
        file.write_text(secret)
        file.chmod(0o600)
        node.fund(account_from(file).address)

    def run(*arguments):
        code = main(["chain", *arguments, "--json"])
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        assert "secret-of-a-provider" not in out + err
        return code, json.loads(out), err

    return run


def address(name):
    return abi.address_text(account_from(Path(f"{name}.key")).address)


DEPLOY = ("deploy", "--key-file", "admin.key", "--publisher", abi.address_text(PUBLISHER.address), "--yes")


@pytest.fixture
def opened(avow, monkeypatch):
    """A log that is deployed and opened, named by the settings as they were printed."""
    code, found, _ = avow(*DEPLOY)
    assert code == 0
    for name, value in found["settings"].items():
        monkeypatch.setenv(name, value)
    return found


def counted(node, name="admin"):
    return node.count(bytes.fromhex(address(name)[2:]))


# Accounts


def test_an_account_is_made_once_and_named_afterwards(avow, tmp_path):
    code, made, _ = avow("account", "new.key")
    assert (code, made["made"]) == (0, True)
    assert (tmp_path / "new.key").stat().st_mode & 0o777 == 0o600
    assert made["address"] == address("new")
    assert avow("account", "new.key")[1] == {**made, "made": False}
    (tmp_path / "new.key").chmod(0o644)
    code, found, _ = avow("account", "new.key")
    assert (code, found["error"]["code"]) == (5, "keys.chain-file")


# Deploying


def test_a_dry_run_says_what_it_costs_and_sends_nothing(avow, node):
    code, found, text = avow(*DEPLOY[:-1], "--dry-run")
    assert code == 0
    assert (found["done"], found["deploys"], found["opens"]) == (False, True, True)
    assert 1_250_000 < found["gas"] < 1_400_000
    assert int(found["costWei"]) == found["gas"] * int(found["priceWei"])
    assert int(found["capWei"]) == 50 * GWEI
    assert "deploy the contract, open the log" in text
    assert counted(node) == 0


def test_a_log_is_deployed_opened_and_a_service_anchors_with_the_settings_that_were_printed(
    avow, node, opened, tmp_path
):
    assert opened["settings"] == {
        "AVOW_CHAIN": "evm",
        "AVOW_CHAIN_ID": str(CHAIN_ID),
        "AVOW_CHAIN_CONTRACT": opened["contract"],
        "AVOW_CHAIN_ADMIN": address("admin"),
        "AVOW_PUBLIC_URL": "https://id.example",
    }
    assert anchored(opened, node, tmp_path, "publisher") is None
    code, found, text = avow("show")
    assert (code, found["faults"]) == (0, [])
    assert found["head"]["size"] == 5
    assert found["codeHash"] == "0x" + abi.artefact().code_hash.hex()
    assert found["roles"]["publisher"] == address("publisher")
    assert found["roles"]["admin"] == address("admin")
    assert "stands, in the code of AnchorLog" in text


def anchored(opened, node, folder, name, size=5):
    """Anchor as this account; gives the contract's refusal."""
    settings = network_world.settings_from_json(
        json.dumps({"contract": opened["contract"][2:], "admin": opened["admin"][2:]})
    )

    async def scenario():
        account = account_from(folder / f"{name}.key")
        outbox = OutboxFile(folder / f"{name}.sqlite3")
        chain = await NetworkChain.open(
            replace(settings, origin="id.example/log"),
            [HttpTransport(node.url)],
            account=account,
            outbox=outbox,
        )
        try:
            await chain.anchor(Publisher().call(0, size))
        finally:
            await chain.close()

    try:
        asyncio.run(scenario())
    except ChainError as refused:
        return getattr(refused, "error", refused.code)
    return None


def test_deploying_again_does_nothing(avow, node, opened):
    before = counted(node)
    code, found, text = avow(*DEPLOY)
    assert (code, found["contract"], found["deploys"], found["opens"]) == (
        0,
        opened["contract"],
        False,
        False,
    )
    assert "is open already" in text
    assert counted(node) == before == 2


def test_interrupted_after_the_contract_it_goes_on_with_it(avow, node, monkeypatch):
    send = Sender.send

    async def interrupted(self, to, data):
        if to:
            raise KeyboardInterrupt
        return await send(self, to, data)

    monkeypatch.setattr(Sender, "send", interrupted)
    with pytest.raises(json.JSONDecodeError):
        avow(*DEPLOY)  # nothing is answered
    assert counted(node) == 1
    monkeypatch.setattr(Sender, "send", send)
    code, plan, _ = avow(*DEPLOY[:-1], "--dry-run")
    assert (code, plan["deploys"], plan["opens"]) == (0, False, True)
    code, found, _ = avow(*DEPLOY)
    assert (code, found["contract"]) == (0, plan["knownContract"])
    assert counted(node) == 2


def test_interrupted_while_it_waits_it_finishes_what_was_sent(avow, node, monkeypatch):
    monkeypatch.setenv("AVOW_CHAIN_WAIT_MS", "10")
    node.rpc("evm_setAutomine", False)
    code, found, _ = avow(*DEPLOY)
    assert (code, found["error"]["code"]) == (4, "chain.pending")
    # What is not in a block yet is no contract to go on with.
    code, plan, _ = avow(*DEPLOY[:-1], "--dry-run")
    assert (code, plan["deploys"]) == (0, True)
    node.rpc("evm_setAutomine", True)
    node.mine()
    monkeypatch.setenv("AVOW_CHAIN_WAIT_MS", "50")
    assert avow(*DEPLOY)[0] == 0
    assert counted(node) == 2


def test_a_second_log_is_opened_in_the_same_contract(avow, node, opened):
    code, found, _ = avow(*DEPLOY, "--contract", opened["contract"], "--public-url", "https://other.example")
    assert (code, found["contract"], found["deploys"]) == (0, opened["contract"], False)
    assert found["logId"] != opened["logId"]
    assert found["settings"]["AVOW_PUBLIC_URL"] == "https://other.example"
    assert counted(node) == 3


def test_another_admin_makes_a_contract_of_its_own(avow, opened):
    """AVOW_CHAIN_CONTRACT names that of the log there is; only --contract uses it for another."""
    code, found, _ = avow("deploy", "--key-file", "heir.key", "--publisher", address("publisher"), "--yes")
    assert (code, found["deploys"]) == (0, True)
    assert found["contract"] != opened["contract"]


def test_one_admin_on_two_networks(avow, opened, monkeypatch):
    other = Anvil("--chain-id", "31338")
    try:
        other.fund(bytes.fromhex(address("admin")[2:]))
        monkeypatch.setenv("AVOW_CHAIN_RPC", other.url)
        monkeypatch.setenv("AVOW_CHAIN_ID", "31338")
        code, found, _ = avow(*DEPLOY)
        assert (code, found["settings"]["AVOW_CHAIN_ID"]) == (0, "31338")
    finally:
        other.stop()


def test_another_publisher_of_an_open_log_is_refused(avow, node, opened):
    code, found, _ = avow("deploy", "--key-file", "admin.key", "--publisher", address("heir"), "--yes")
    assert (code, found["error"]["code"]) == (5, "chain.configuration")
    assert "offer-publisher" in found["error"]["remedy"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (DEPLOY[:-1], 5, "cli.nobody-to-ask"),
        ((*DEPLOY, "--chain-id", "1"), 5, "chain.configuration"),
        ((*DEPLOY, "--rpc", "http://127.0.0.1:9"), 4, "chain.unavailable"),
        ((*DEPLOY, "--contract", "0x" + "77" * 20), 6, "chain.code-mismatch"),
        ((*DEPLOY, "--contract", "0x77"), 5, "settings.invalid"),
        (("deploy", "--key-file", "admin.key", "--yes"), 5, "chain.unnamed"),
        (("deploy", "--key-file", "admin.key", "--publisher", "0x1", "--yes"), 5, "chain.address"),
        ((*DEPLOY, "--fee-cap", "0.5"), 4, "chain.fee-cap"),
        ((*DEPLOY, "--fee-cap", "much"), 5, "settings.invalid"),
        (("show",), 5, "chain.unnamed"),
        (("show", "--contract", "0x" + "77" * 20), 5, "chain.unnamed"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    avow, node, monkeypatch, arguments, exit_code, code
):
    monkeypatch.setenv("AVOW_CHAIN_WAIT_MS", "10")
    spike(node, GWEI)
    found = avow(*arguments)
    assert (found[0], found[1]["error"]["code"]) == (exit_code, code)
    assert found[1]["error"]["remedy"]
    assert counted(node) == 0


@pytest.mark.parametrize("missing", ["AVOW_CHAIN_RPC", "AVOW_CHAIN_ID"])
def test_the_network_must_be_named(avow, monkeypatch, missing):
    monkeypatch.delenv(missing)
    code, found, _ = avow(*DEPLOY)
    assert (code, found["error"]["code"], missing in found["error"]["remedy"]) == (5, "chain.unnamed", True)


def test_an_account_without_coin_is_told_before_it_sends(avow, node):
    node.rpc("anvil_setBalance", address("admin"), "0x0")
    code, found, _ = avow(*DEPLOY)
    assert (code, found["error"]["code"]) == (3, "chain.funds")
    code, found, text = avow(*DEPLOY[:-1], "--dry-run")
    assert (code, "cannot pay" in text) == (0, True)


def test_a_mistyped_address_is_noticed_by_its_check_sum():
    good = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own
    assert abi.parse_address(good) == abi.parse_address(good.lower()) == bytes.fromhex(good[2:])
    for bad in (good.replace("aA", "AA", 1), good[:-1], good + "0", good[2:], "0x" + "g" * 40):
        with pytest.raises(ChainError) as refused:
            abi.parse_address(bad)
        assert refused.value.code == "chain.address"


# Looking


def test_show_tells_what_is_wrong(avow, node, opened):
    other = ("--contract", "0x" + "77" * 20)
    code, found, _ = avow("show", *other)
    assert (code, found["faults"]) == (6, ["there is no contract"])
    node.rpc("anvil_setCode", other[1], "0x6001")
    code, found, _ = avow("show", *other)
    assert (code, found["faults"], "roles" in found) == (6, ["the code is not that of AnchorLog"], False)
    code, found, _ = avow("show", "--public-url", "https://other.example")
    assert (code, found["faults"]) == (6, ["no log of this origin was opened there by this account"])
    node.rpc("anvil_setBalance", address("publisher"), hex(10**14))
    spike(node, 10 * GWEI)
    assert "lasts for about 0 anchors" in avow("show")[2]


# Roles


def test_a_pause_stops_anchors_and_ends(avow, node, opened, tmp_path):
    code, found, _ = avow("pause", "--key-file", "admin.key", "--yes")
    assert (code, found["roles"]["paused"]) == (0, True)
    assert anchored(opened, node, tmp_path, "publisher") == "IsPaused"
    assert avow("show")[1]["faults"] == ["the log is paused"]
    code, found, _ = avow("resume", "--key-file", "admin.key", "--yes")
    assert (code, found["roles"]["paused"]) == (0, False)
    assert anchored(opened, node, tmp_path, "publisher") is None


def test_the_publisher_is_handed_over_in_two_steps(avow, node, opened, tmp_path):
    heir = address("heir")
    code, found, _ = avow("offer-publisher", heir, "--key-file", "admin.key", "--yes")
    assert (code, found["roles"]["offeredPublisher"]) == (0, heir)
    assert anchored(opened, node, tmp_path, "publisher") is None
    code, found, _ = avow("accept-publisher", "--key-file", "publisher.key", "--yes")
    assert (code, found["error"]["code"], "NotOffered" in found["error"]["detail"]) == (
        3,
        "chain.rejected",
        True,
    )
    code, found, _ = avow("accept-publisher", "--key-file", "heir.key", "--yes")
    assert (code, found["roles"]["publisher"]) == (0, heir)
    assert anchored(opened, node, tmp_path, "publisher", size=9) == "chain.configuration"
    assert anchored(opened, node, tmp_path, "heir", size=9) == "NotConsistent"  # it may, with a right proof


def test_an_offer_is_withdrawn(avow, opened):
    avow("offer-publisher", address("heir"), "--key-file", "admin.key", "--yes")
    code, found, _ = avow("offer-publisher", "0x" + "00" * 20, "--key-file", "admin.key", "--yes")
    assert (code, found["roles"]["offeredPublisher"]) == (0, "0x" + "00" * 20)
    code, found, _ = avow("accept-publisher", "--key-file", "heir.key", "--yes")
    assert (code, found["error"]["code"]) == (3, "chain.rejected")


def test_the_admin_is_handed_over_and_the_log_keeps_its_id(avow, opened):
    avow("offer-admin", address("heir"), "--key-file", "admin.key", "--yes")
    code, found, _ = avow("accept-admin", "--key-file", "heir.key", "--yes")
    assert (code, found["roles"]["admin"], found["logId"]) == (0, address("heir"), opened["logId"])
    code, found, _ = avow("pause", "--key-file", "admin.key", "--yes")
    assert (code, "NotAdmin" in found["error"]["detail"]) == (3, True)
    assert avow("pause", "--key-file", "heir.key", "--yes")[0] == 0


def test_a_log_is_closed_and_names_its_successor(avow, node, opened, tmp_path):
    successor = ("--next-chain-id", "10", "--next-contract", "0x" + "11" * 20)
    code, _, _ = avow("close", "--key-file", "admin.key", "--yes", *successor)
    assert code == 2
    code, found, _ = avow(
        "close", "--key-file", "admin.key", "--yes", *successor, "--next-log-id", "0x" + "22" * 32
    )
    assert (code, found["roles"]["closed"]) == (0, True)
    [event] = node.rpc(
        "eth_getLogs",
        {"fromBlock": "0x0", "topics": ["0x" + abi.artefact().events["Closed"].hex(), opened["logId"]]},
    )
    assert event["data"] == f"0x{10:064x}" + "00" * 12 + "11" * 20 + "22" * 32
    assert anchored(opened, node, tmp_path, "publisher") == "IsClosed"
    assert avow("show")[1]["faults"] == ["the log is closed for ever"]
    code, found, _ = avow("close", "--key-file", "admin.key", "--yes")
    assert (code, "IsClosed" in found["error"]["detail"]) == (3, True)


@pytest.mark.parametrize("name", ["pause", "resume", "close"])
def test_nothing_is_sent_unasked_or_by_a_stranger(avow, node, opened, name):
    before = counted(node), counted(node, "heir")
    code, found, _ = avow(name, "--key-file", "admin.key")
    assert (code, found["error"]["code"]) == (5, "cli.nobody-to-ask")
    code, found, _ = avow(name, "--key-file", "heir.key", "--yes")
    assert (code, "NotAdmin" in found["error"]["detail"]) == (3, True)
    assert (counted(node), counted(node, "heir")) == before


def test_a_call_that_the_contract_does_not_show_is_reported(avow, opened, monkeypatch):
    async def swallowed(*_):
        return None

    monkeypatch.setattr(Sender, "send", swallowed)
    code, found, _ = avow("pause", "--key-file", "admin.key", "--yes")
    assert (code, found["error"]["code"]) == (6, "chain.disagreement")


def test_foreign_code_is_sent_nothing(avow, node, opened):
    node.rpc("anvil_setCode", opened["contract"], "0x6001")
    before = counted(node)
    for yes in ([], ["--yes"]):
        code, found, _ = avow("pause", "--key-file", "admin.key", *yes)
        assert (code, found["error"]["code"]) == (6, "chain.code-mismatch")
    assert counted(node) == before
