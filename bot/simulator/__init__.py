"""A simulated Telegram, served over real HTTP: as strict as the real one, and able to fail."""

from bot.simulator.faults import Fault, FaultKind, Faults
from bot.simulator.floods import FloodLimits
from bot.simulator.groups_and_channels import SimulatedChannel, SimulatedGroup
from bot.simulator.http.server import Address, create_app, serve
from bot.simulator.messages import Message, SimulatedButton
from bot.simulator.phone import WAIT_SECONDS, Phone
from bot.simulator.queries import Query, QueryAnswer
from bot.simulator.refusals import BotApiRefusal
from bot.simulator.simulated_telegram import Call, SimulatedTelegram
from bot.simulator.state import BrokenSimulator

__all__ = [
    "WAIT_SECONDS",
    "Address",
    "BotApiRefusal",
    "BrokenSimulator",
    "Call",
    "Fault",
    "FaultKind",
    "Faults",
    "FloodLimits",
    "Message",
    "Phone",
    "Query",
    "QueryAnswer",
    "SimulatedButton",
    "SimulatedChannel",
    "SimulatedGroup",
    "SimulatedTelegram",
    "create_app",
    "serve",
]
