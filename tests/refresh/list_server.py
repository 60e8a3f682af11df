"""A loopback server that answers as the clouds' price lists do, and misbehaves where a test says so."""

from __future__ import annotations

import csv
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

AWS_COLUMNS = (
    "SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange",
    "Unit", "PricePerUnit", "Currency", "LeaseContractLength", "PurchaseOption", "OfferingClass", "Product Family",
    "serviceCode", "Location", "Location Type", "Region Code", "usageType", "operation",
)  # fmt: skip


def aws_csv(offer: str, rates: Sequence[Mapping[str, str]], *, published: str = "2026-11-20") -> bytes:
    """An offer's file: five lines about it, the names of the columns, a line a rate (AWS Billing guide, "CSV file")."""
    extra = sorted({name for rate in rates for name in rate} - set(AWS_COLUMNS))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(("FormatVersion", "v1.0"))
    writer.writerow(("Disclaimer", "This pricing list is for informational purposes only."))
    writer.writerow(("Publication Date", f"{published}T01:02:03Z"))
    writer.writerow(("Version", "20261120010203"))
    writer.writerow(("OfferCode", offer))
    writer.writerow((*AWS_COLUMNS, *extra))
    for number, rate in enumerate(rates):
        given = {
            "SKU": f"SKU{number}", "OfferTermCode": "JRTCKXETXF", "TermType": "OnDemand", "StartingRange": "0",
            "EndingRange": "Inf", "Currency": "USD", "EffectiveDate": "2026-11-01", "serviceCode": offer, **rate,
        }  # fmt: skip
        writer.writerow([given.get(column, "") for column in (*AWS_COLUMNS, *extra)])
    return out.getvalue().encode()


def aws_json(offer: str, rates: Sequence[Mapping[str, str]], *, published: str = "2026-11-20") -> bytes:
    """The same file as JSON: products, then terms by type and SKU (AWS Billing guide, "JSON file")."""
    names = {"Instance Type": "instanceType", "Operating System": "operatingSystem", "Tenancy": "tenancy",
             "Pre Installed S/W": "preInstalledSw", "License Model": "licenseModel", "CapacityStatus": "capacitystatus",
             "usageType": "usagetype", "Region Code": "regionCode"}  # fmt: skip
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for number, rate in enumerate(rates):
        sku = rate.get("SKU", f"SKU{number}")
        attributes = {names[key]: text for key, text in rate.items() if key in names}
        products[sku] = {"sku": sku, "productFamily": rate.get("Product Family", ""), "attributes": attributes}
        code = rate.get("OfferTermCode", "JRTCKXETXF")
        of_sku = terms.setdefault(rate.get("TermType", "OnDemand"), {}).setdefault(sku, {})
        term = of_sku.setdefault(
            f"{sku}.{code}",
            {
                "offerTermCode": code,
                "sku": sku,
                "effectiveDate": "2026-11-01T00:00:00Z",
                "priceDimensions": {},
                "termAttributes": {
                    key[0].lower() + key[1:]: rate[key]
                    for key in ("LeaseContractLength", "PurchaseOption", "OfferingClass")
                    if key in rate
                },
            },
        )
        term["priceDimensions"][f"{sku}.{code}.{number}"] = {
            "unit": rate["Unit"],
            "beginRange": rate.get("StartingRange", "0"),
            "endRange": "Inf",
            "description": "a rate",
            "appliesTo": [],
            "pricePerUnit": {rate.get("Currency", "USD"): rate["PricePerUnit"]},
        }
    content = {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": offer,
        "version": "20261120010203",
        "publicationDate": f"{published}T01:02:03Z",
        "products": products,
        "terms": terms,
    }
    return json.dumps(content, indent=2).encode()


def azure_item(**facts: Any) -> dict[str, Any]:
    """An item of the Retail Prices API, with the fields its documentation lists."""
    return {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": 0.0, "unitPrice": facts.get("retailPrice", 0.0),
        "armRegionName": "eastus", "location": "US East", "effectiveStartDate": "2026-01-01T00:00:00Z",
        "meterId": f"meter-{facts.get('meterName')}-{facts.get('skuName')}", "meterName": "", "productId": "P",
        "skuId": f"sku-{facts.get('skuName')}", "productName": "", "skuName": "", "serviceName": "", "serviceId": "S",
        "serviceFamily": "Compute", "unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": True,
        "armSkuName": "", **facts,
    }  # fmt: skip


def google_sku(description: str, price: str, unit: str = "h", **facts: Any) -> dict[str, Any]:
    """A SKU of the Cloud Billing Catalog, v1."""
    units, _, nanos = price.partition(".")
    rate = {"startUsageAmount": 0, "unitPrice": {"currencyCode": "USD", "units": units, "nanos": int(f"{nanos:0<9}")}}
    tiers = facts.get("tiers", [rate])
    return {
        "name": f"services/X/skus/{description}", "skuId": facts.get("sku", description), "description": description,
        "category": {"serviceDisplayName": facts.get("service", "Compute Engine"), "resourceFamily": "Compute",
                     "resourceGroup": facts.get("group", ""), "usageType": facts.get("usage", "OnDemand")},
        "serviceRegions": facts.get("regions", ["us-central1"]),
        "pricingInfo": [{"effectiveTime": "2026-11-01T00:00:00Z",
                         "pricingExpression": {"usageUnit": unit, "displayQuantity": 1, "tieredRates": tiers}}],
        "serviceProviderName": "Google",
    }  # fmt: skip


@dataclass
class Answer:
    """What the server sends back."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Bytes after which the connection is closed though more was promised."""
    reset: bool = False
    """Whether it is torn down at once."""


Handler = Callable[["Asked"], Answer]


@dataclass
class Asked:
    """One request."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    count: int
    """How often this path was asked before."""


class ListServer:
    """Answers by path; what `faults` says about a path comes first, one after the other."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Handler] = {}
        self.faults: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self.url = ""

    def answer(self, asked: Asked) -> Answer:
        if self.faults.get(asked.path):
            return self.faults[asked.path].pop(0)
        content = self.files.get(asked.path)
        if content is None:
            return Answer(b"no such file", 404)
        if callable(content):
            return content(asked)
        etag = f'"{hash(content) & 0xFFFFFFFF:x}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(b"", 304, {"ETag": etag})
        wanted = asked.headers.get("range", "")
        if wanted and asked.headers.get("if-range") in ("", etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return Answer(b"", 416)
            about = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return Answer(content[start:], 206, {"ETag": etag, "Content-Range": about})
        return Answer(content, 200, {"ETag": etag})

    def paths(self) -> list[str]:
        """Every path that was asked for, in order."""
        return [asked.path for asked in self.asked]

    # The three lists

    def aws(
        self, offers: Mapping[str, Mapping[str, bytes]], *, version: str = "20261120010203", partition: str = "aws"
    ) -> None:
        """An AWS price list: offer → region → the region's file."""
        index = {}
        for offer, regions in offers.items():
            base = f"/offers/v1.0/{partition}/{offer}"
            index[offer] = {
                "offerCode": offer,
                "versionIndexUrl": f"{base}/index.json",
                "currentVersionUrl": f"{base}/current/index.json",
                "currentRegionIndexUrl": f"{base}/current/region_index.json",
            }
            entries = {
                region: {"regionCode": region, "currentVersionUrl": f"{base}/{version}/{region}/index.json"}
                for region in regions
            }
            self.files[f"{base}/current/region_index.json"] = json.dumps({"regions": entries}).encode()
            self.files |= {f"{base}/{version}/{region}/index.csv": data for region, data in regions.items()}
        self.files[f"/offers/v1.0/{partition}/index.json"] = json.dumps(
            {"formatVersion": "v1.0", "offers": index}
        ).encode()

    def azure(self, items: Sequence[Mapping[str, Any]], *, page: int = 2) -> None:
        """The Retail Prices API: filters by service and region, `page` items at a time."""

        def answer(asked: Asked) -> Answer:
            filters = asked.query.get("$filter", [""])[0]
            skip = int(asked.query.get("$skip", ["0"])[0])
            found = [
                item
                for item in items
                if f"serviceName eq '{item['serviceName']}'" in filters
                and ("armRegionName" not in filters or f"armRegionName eq '{item['armRegionName']}'" in filters)
            ]
            following = None
            if skip + page < len(found):
                # As the original does: the host with its port, whoever was asked.
                query = f"$filter={filters.replace(' ', '%20')}&$skip={skip + page}"
                following = f"https://prices.azure.com:443/api/retail/prices?{query}"
            body = {
                "BillingCurrency": "USD",
                "Items": found[skip : skip + page],
                "NextPageLink": following,
                "Count": page,
            }
            return Answer(json.dumps(body).encode())

        self.files["/api/retail/prices"] = answer

    def google(self, skus: Mapping[str, Sequence[Mapping[str, Any]]], *, key: str, page: int = 2) -> None:
        """The Cloud Billing Catalog: service's name → its SKUs; only with the key."""

        def services(asked: Asked) -> Answer:
            if asked.headers.get("x-goog-api-key") != key:
                return Answer(json.dumps({"error": {"message": f"bad key {asked.headers}"}}).encode(), 403)
            entries = [{"name": f"services/S-{n}", "displayName": name} for n, name in enumerate(sorted(skus))]
            return Answer(json.dumps({"services": entries, "nextPageToken": ""}).encode())

        def of(name: str) -> Handler:
            def answer(asked: Asked) -> Answer:
                start = int(asked.query.get("pageToken", ["0"])[0])
                token = str(start + page) if start + page < len(skus[name]) else ""
                body = {"skus": list(skus[name])[start : start + page], "nextPageToken": token}
                return Answer(json.dumps(body).encode())

            return answer

        self.files["/v1/services"] = services
        for number, name in enumerate(sorted(skus)):
            self.files[f"/v1/services/S-{number}/skus"] = of(name)


@contextmanager
def serving() -> Iterator[ListServer]:
    """A running server; `url` is where."""
    lists = ListServer()

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(parts.path, parse_qs(parts.query), headers, lists.paths().count(parts.path))
            lists.asked.append(asked)
            self._send(lists.answer(asked))

        def _send(self, answer: Answer) -> None:
            if answer.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
                self.connection.close()
                return
            self.send_response_only(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.status != 304:
                self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
            if answer.cut is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

        def finish(self) -> None:
            with suppress(OSError, ValueError):  # torn down on purpose
                super().finish()

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed is no news."""

    server = Server(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    lists.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield lists
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
