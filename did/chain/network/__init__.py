"""The driver for networks: `AnchorLog` on any EVM chain, over JSON-RPC."""

from did.chain.network.actor import Actor, Quote, RoleCall, acting
from did.chain.network.chain import NetworkChain, NetworkSettings
from did.chain.network.deploy import Opened, Plan, deploy, deploy_as, plan_deployment
from did.chain.network.fees import GWEI, FeePolicy
from did.chain.network.finality import Finality
from did.chain.network.outbox import Intent, Outbox, Owner, State
from did.chain.network.outbox_file import OutboxFile
from did.chain.network.sender import Timing
from did.chain.network.survey import Survey, survey
from did.chain.network.transactions import Account
from did.chain.network.transport import HttpTransport, Transport, TransportLimits

__all__ = [
    "GWEI",
    "Account",
    "Actor",
    "FeePolicy",
    "Finality",
    "HttpTransport",
    "Intent",
    "NetworkChain",
    "NetworkSettings",
    "Opened",
    "Outbox",
    "OutboxFile",
    "Owner",
    "Plan",
    "Quote",
    "RoleCall",
    "State",
    "Survey",
    "Timing",
    "Transport",
    "TransportLimits",
    "acting",
    "deploy",
    "deploy_as",
    "plan_deployment",
    "survey",
]
