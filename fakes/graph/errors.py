"""Refusals of Microsoft Graph: status, code and sentence, and the body that carries them."""

from __future__ import annotations

from datetime import UTC, datetime


class GraphError(Exception):
    """A request that is refused. What a handler raises, the client gets."""

    def __init__(self, status: int, code: str, message: str, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Refuse with this status, in these words."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def body(error: GraphError, *, at: float, request_id: str, client_request_id: str) -> dict[str, object]:
    """Return the document that goes with a refusal."""
    inner = {
        "date": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}


def denied() -> GraphError:
    """Refuse a token that lacks the permission, or a user without the directory role."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def not_found(name: str) -> GraphError:
    """Refuse an identifier that nothing has."""
    text = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", text)


def no_segment(segment: str) -> GraphError:
    """Refuse a path that does not exist."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def bad_request(text: str) -> GraphError:
    """Refuse a query that is no OData, or asks for what the type does not have."""
    return GraphError(400, "BadRequest", text)


def unsupported(text: str) -> GraphError:
    """Refuse a query that asks for more than this collection offers."""
    return GraphError(400, "Request_UnsupportedQuery", text)


def no_mailbox() -> GraphError:
    """Refuse to open the mailbox of a user who has none in Exchange Online."""
    text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    return GraphError(404, "MailboxNotEnabledForRESTAPI", text)
