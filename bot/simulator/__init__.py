"""A Telegram to run against, over real HTTP: strict, forgetful and able to fail."""

from bot.simulator.faults import Fault, FaultKind, Faults
from bot.simulator.floods import STRICT, Limits
from bot.simulator.messages import Button, Message
from bot.simulator.phone import PATIENCE, Phone
from bot.simulator.queries import Answer, Query
from bot.simulator.refusals import Refusal
from bot.simulator.rooms import Channel, Group
from bot.simulator.server import Address, create_app, serve
from bot.simulator.simulated_telegram import Call, SimulatedTelegram
from bot.simulator.state import BrokenSimulator

__all__ = [
    "PATIENCE",
    "STRICT",
    "Address",
    "Answer",
    "BrokenSimulator",
    "Button",
    "Call",
    "Channel",
    "Fault",
    "FaultKind",
    "Faults",
    "Group",
    "Limits",
    "Message",
    "Phone",
    "Query",
    "Refusal",
    "SimulatedTelegram",
    "create_app",
    "serve",
]
