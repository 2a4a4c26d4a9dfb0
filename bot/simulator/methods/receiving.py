"""getUpdates (the HTTP server does the waiting), setWebhook, deleteWebhook, getWebhookInfo."""

import re
from urllib.parse import urlsplit

from bot.simulator import refusals
from bot.simulator.messages import Json
from bot.simulator.state import TelegramState

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def get_updates(state: TelegramState, params: Json) -> list[Json]:
    """Confirm the updates before the offset and return those pending now."""
    if state.webhook["url"]:
        raise refusals.conflict(refusals.WEBHOOK_ACTIVE)
    state.updates.allow(params.get("allowed_updates"))
    pending = state.updates.take(offset=params.get("offset", 0), limit=params.get("limit", 100))
    return [update.body for update in pending]


def set_webhook(state: TelegramState, params: Json) -> bool:
    """Deliver updates to an address from now on; an empty address ends that."""
    url = params["url"]
    if not url:
        return delete_webhook(state, params)
    parts = urlsplit(url)
    # A local Bot API server may use plain HTTP; here, to this machine only.
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise refusals.misuse(refusals.INSECURE_WEBHOOK)
    secret = params.get("secret_token")
    if secret is not None and not SECRET.fullmatch(secret):
        raise refusals.misuse("secret token contains unallowed characters")
    state.updates.allow(params.get("allowed_updates"))
    if params.get("drop_pending_updates"):
        state.updates.clear()
    state.webhook = {
        "url": url,
        "secret": secret,
        "max_connections": params.get("max_connections", 40),
        "has_custom_certificate": "certificate" in params,
    }
    state.updates.wake()
    state.changes.publish("webhook")
    return True


def delete_webhook(state: TelegramState, params: Json) -> bool:
    """Stop deliveries, so that ``getUpdates`` works again."""
    if params.get("drop_pending_updates"):
        state.updates.clear()
    state.webhook = {"url": ""}
    state.updates.wake()
    state.changes.publish("webhook")
    return True


def get_webhook_info(state: TelegramState, _: Json) -> Json:
    """Return the address, the number of pending updates and the last error."""
    info: Json = {
        "url": state.webhook["url"],
        "has_custom_certificate": state.webhook.get("has_custom_certificate", False),
        "pending_update_count": len(state.updates),
    }
    if state.webhook["url"]:
        info["max_connections"] = state.webhook["max_connections"]
    if state.updates.allowed is not None:
        info["allowed_updates"] = sorted(state.updates.allowed)
    for name in ("last_error_date", "last_error_message"):
        if name in state.webhook:
            info[name] = state.webhook[name]
    return info
