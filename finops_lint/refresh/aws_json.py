"""Turns an AWS offer's JSON file into rates, a product and a term at a time: the file may be larger than memory.

In it the products stand first, then the terms that name them by SKU; so only products that a line may take are kept.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from finops_lint.refresh.aws_lists import About, entry_of
from finops_lint.refresh.collect import Collector
from finops_lint.refresh.declared import key_of
from finops_lint.refresh.fetching import FetchError

_TERM_KEYS = frozenset({"termtype", "leasecontractlength", "purchaseoption", "offeringclass"})
_LONGEST = 16 << 20
"""Characters of one product, or of all terms of one SKU."""
_DEEPEST_FACT = 200


class _Text:
    """JSON text that comes in pieces, of which only what is being read is kept."""

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self._pieces = iter(pieces)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._name = name
        self._text = ""
        self._at = 0

    def fault(self, what: str) -> FetchError:
        """What is wrong with the file."""
        return FetchError(f"{self._name}: not a file of the AWS price list: {what}")

    def _more(self) -> bool:
        piece = next(self._pieces, b"")
        try:
            fresh = self._decode.decode(piece, final=not piece)
        except UnicodeDecodeError:
            raise self.fault("not UTF-8 text") from None
        self._text, self._at = self._text[self._at :] + fresh, 0
        if len(self._text) > _LONGEST:
            raise self.fault("one entry of it is larger than any is")
        return bool(piece)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> None:
        """Step over a character that must be there."""
        if self.peek() != expected:
            raise self.fault(f"it ends in the middle, or {expected!r} is missing")
        self._at += 1

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        while True:
            try:
                found, end = self._json.raw_decode(self._text, self._at)
            except ValueError:
                if not self._more():
                    raise self.fault("it ends in the middle, or is no JSON") from None
            except RecursionError:
                raise self.fault("nested too deeply") from None
            else:
                # A figure at the end of a piece may go on in the next one.
                if end < len(self._text) or not self._more():
                    self._at = end
                    return found

    def members(self) -> Iterator[str]:
        """The names in an object; after each its value is to be read."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise self.fault("a name in it is no text")
            self.take(":")
            yield name
            if self.peek() != ",":
                break
            self.take(",")
        self.take("}")


def read_offer(pieces: Iterable[bytes], collector: Collector, *, name: str, region: str = "") -> About:
    """Give every rate of a JSON file to the collector; what the file says of itself.

    Raises:
        FetchError: It is no such file, or it ends in the middle.
    """
    text = _Text(pieces, name)
    about: dict[str, str] = {}
    products: dict[str, dict[str, str]] = {}
    for part in text.members():
        if part == "products":
            products = dict(_products(text, collector))
        elif part == "terms":
            for term_type in text.members():
                for sku in text.members():
                    _terms(text.value(), products.get(sku), (term_type, region), collector)
        else:
            about[part] = str(text.value())[:_DEEPEST_FACT]
    day = about.get("publicationDate", "")[:10]
    if not about.get("offerCode") or len(day) != len("2026-11-21"):
        raise text.fault("it names no offer and day")
    return About(about["offerCode"], day)


def _products(text: _Text, collector: Collector) -> Iterator[tuple[str, dict[str, str]]]:
    for sku in text.members():
        product = text.value()
        if not isinstance(product, dict) or not isinstance(product.get("attributes"), dict):
            continue
        attributes = {key_of(name): str(value) for name, value in product["attributes"].items()}
        attributes |= {"productfamily": str(product.get("productFamily", "")), "sku": sku}
        if collector.may_take(attributes, apart_from=_TERM_KEYS):
            yield sku, attributes
        else:
            collector.skip()


def _terms(terms: Any, product: Mapping[str, str] | None, of: tuple[str, str], collector: Collector) -> None:
    """Every price of one SKU's terms of one type."""
    if product is None:
        return
    term_type, region = of
    for term in _values(terms):
        conditions = term.get("termAttributes")
        facts = {key_of(name): str(value) for name, value in conditions.items()} if isinstance(conditions, dict) else {}
        facts |= {"termtype": term_type, "effectivedate": str(term.get("effectiveDate", ""))}
        facts["offertermcode"] = str(term.get("offerTermCode", ""))
        for rate in _values(term.get("priceDimensions")):
            for currency, amount in _prices(rate.get("pricePerUnit")):
                figures = {
                    "unit": str(rate.get("unit", "")),
                    "startingrange": str(rate.get("beginRange") or ""),
                    "priceperunit": amount,
                    "currency": currency,
                }
                entry = entry_of({**product, **facts, **figures}, region)
                if entry is None:
                    collector.skip()
                else:
                    collector.add(entry)


def _values(entries: Any) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in entries.values() if isinstance(entry, dict)) if isinstance(entries, dict) else iter(())


def _prices(prices: Any) -> Iterator[tuple[str, str]]:
    return ((str(c), str(amount)) for c, amount in prices.items()) if isinstance(prices, dict) else iter(())
