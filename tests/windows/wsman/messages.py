# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP messages of WS-Management as far as WinRM shells need them ([MS-WSMV], DSP0226)."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from xml.sax.saxutils import escape

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "pwsh": "http://schemas.microsoft.com/powershell",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
}
TRANSFER = NAMESPACES["x"] + "/"
SHELL = NAMESPACES["rsp"] + "/"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"

TIMED_OUT = 2150858793
"""ERROR_WSMAN_OPERATION_TIMEDOUT: nothing to say yet, ask again."""
SHELL_NOT_FOUND = 2150858843
UNSUPPORTED = 2150858778
UNENCRYPTED = 2150858974


class MessageError(Exception):
    """A message that is none of WS-Management."""


@dataclass(frozen=True)
class Request:
    """One message of a client; shell is an identifier in capitals, or empty."""

    action: str
    message_id: str
    resource_uri: str
    shell: str
    options: dict[str, str]
    body: ET.Element


@dataclass(frozen=True)
class Reply:
    """The inner XML of an answer's body."""

    action: str
    body: str


class FaultError(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def parse_request(data: bytes) -> Request:
    """Raises C(MessageError) when the message lacks what every message has."""
    try:
        root = ET.fromstring(data)  # noqa: S314  # the tests' own clients
    except ET.ParseError as error:
        raise MessageError(f"not XML: {error}") from error
    body = root.find("s:Body", NAMESPACES)
    if body is None:
        raise MessageError("no body")
    options = root.findall("s:Header/w:OptionSet/w:Option", NAMESPACES)
    return Request(
        action=_text(root, "s:Header/a:Action"),
        message_id=_text(root, "s:Header/a:MessageID"),
        resource_uri=_text(root, "s:Header/w:ResourceURI"),
        shell=(root.findtext("s:Header/w:SelectorSet/w:Selector", "", NAMESPACES)).upper(),
        options={option.get("Name", ""): option.text or "" for option in options},
        body=body,
    )


def reply_message(reply: Reply, *, relates_to: str) -> bytes:
    return _envelope(reply.action, relates_to, reply.body)


def fault_message(fault: FaultError, *, relates_to: str) -> bytes:
    reason = escape(fault.reason)
    body = (
        "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode>"
        f'</s:Code><s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason>'
        f'<s:Detail><f:WSManFault Code="{fault.code}" Machine="test"><f:Message>{reason}</f:Message></f:WSManFault>'
        "</s:Detail></s:Fault>"
    )
    return _envelope(FAULT_ACTION, relates_to, body)


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    declarations = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        f'<s:Envelope {declarations} xml:lang="en-US"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:To>{NAMESPACES['a']}/role/anonymous</a:To>"
        f"<a:RelatesTo>{relates_to}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _text(root: ET.Element, path: str) -> str:
    text = root.findtext(path, None, NAMESPACES)
    if text is None:
        raise MessageError(f"no {path}")
    return text
